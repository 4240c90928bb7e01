/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is asked of ip_tables and ip6_tables without a library: is a table
 * there, how big is it, is anything of ours in it, and its rules as they are,
 * to be put back.
 *
 * To ask for a table makes the kernel make it, so ipt_sock_has_table is asked
 * before.
 */
#pragma once

#include "backends/ipt/ipt_entry.h"

/* A socket for the others, or -errno: -EPERM, or -EAFNOSUPPORT when this
 * kernel has IPv6 switched off. */
int ipt_sock_open(unsigned int family);

/* Has the kernel ip_tables (ip6_tables)?  0, -ENOPROTOOPT or -EPERM. */
int ipt_sock_probe(int sock, unsigned int family);

/* Has it the match NAME?  True, too, when it does not say. */
bool ipt_sock_has_match(int sock, unsigned int family, const char *name);

/* The same of a target. */
bool ipt_sock_has_target(int sock, unsigned int family, const char *name);

/* Is TABLE there?  True, too, when the right to know is missing. */
bool ipt_sock_has_table(unsigned int family, const char *table);

/* Number and size of a table's entries.  0 or -errno. */
int ipt_sock_info(int sock, unsigned int family, const char *table,
		  struct ipt_getinfo *out);

/* All entries of the table OUT->name, which are OUT->size bytes.  0 or -errno:
 * -EAGAIN when they are not. */
int ipt_sock_entries(int sock, unsigned int family,
		     struct ipt_get_entries *out);

/* A table as it was. */
struct ipt_snapshot {
	struct ipt_getinfo info;
	struct ipt_get_entries *entries;	/* owned; NULL: none */
};

int ipt_sock_snapshot(int sock, unsigned int family, const char *table,
		      struct ipt_snapshot *out);
/* Make the table so again; counters included, if nobody changes it in between
 * the two. */
int ipt_sock_restore(int sock, unsigned int family,
		     const struct ipt_snapshot *s);
void ipt_snapshot_fini(struct ipt_snapshot *s);

/* Is any chain of ours in it? */
bool ipt_snapshot_has_ours(unsigned int family, const struct ipt_snapshot *s);
