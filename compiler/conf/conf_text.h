/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A resolved configuration as text, in the syntax of conf_file.h; one table of
 * fields is for both ways.  For conf_keep.c only.
 */
#pragma once

#include "compiler/conf/conf.h"

/* Print CONF; PATH is its vpnpf.conf. */
void conf_text_print(const struct conf *conf, const char *path, FILE *f);

/* Parse what was printed for PATH into *OUT, all zero before; end with
 * conf_fini either way.  False: it is something else. */
bool conf_text_parse(const struct source *src, const char *path,
		     struct sources *set, struct conf *out);
