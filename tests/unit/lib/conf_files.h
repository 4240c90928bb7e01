/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of compiler/conf: configurations in files of a folder that the
 * group of tests makes and removes.
 */
#pragma once

#include "compiler/conf/conf.h"

#define POLICY "policy = p\n"
#define SERVER "openvpn a { dev = tun0 }\n"

/* What the last load has said. */
extern char said[16384];
/* The text of all files that were loaded. */
extern struct sources set;

int make_folder(void **state);
int remove_folder(void **state);

/* A path in the folder; it is good for three more calls. */
char *in_folder(const char *name);
void write_bytes(const char *name, const char *text, size_t size);
void write_file(const char *name, const char *text);

/* -EINVAL also if an instance is bad.  End OUT with conf_fini. */
int load(const struct conf_options *opt, struct conf *out);
/* The same for a vpnpf.conf that is TEXT. */
int file(const char *text, struct conf *out);
/* What it returns. */
int fails(const char *text);
/* Is TEXT among what is said of wrong options? */
bool option_error(const struct conf_options *opt, const char *text);
/* TEXT must fail, and say WANTED. */
void expect_said(const char *text, const char *wanted);
