/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to ip_tables and ip6_tables without a library: is a table there, how
 * large is it, does it have a chain of ours; and a copy of its rules, to
 * restore them.
 *
 * A request for a table makes the kernel create it; so call ipt_sock_has_table
 * before.
 */
#pragma once

#include "backends/ipt/ipt_entry.h"

/* A socket for the functions below, or -errno: -EPERM, or -EAFNOSUPPORT if IPv6
 * is disabled in this kernel. */
int ipt_sock_open(unsigned int family);

/* Does the kernel have ip_tables (ip6_tables)?  0, -ENOPROTOOPT or -EPERM. */
int ipt_sock_probe(int sock, unsigned int family);

/* Does the kernel have the match NAME?  True also if the answer is unknown. */
bool ipt_sock_has_match(int sock, unsigned int family, const char *name);

/* The same for the target NAME. */
bool ipt_sock_has_target(int sock, unsigned int family, const char *name);

/* Does TABLE exist?  True also if we have no right to read that. */
bool ipt_sock_has_table(unsigned int family, const char *table);

/* The same; false if we have no right to read that. */
bool ipt_sock_shows_table(unsigned int family, const char *table);

/* Number and size of a table's entries.  0 or -errno. */
int ipt_sock_info(int sock, unsigned int family, const char *table,
		  struct ipt_getinfo *out);

/* All entries of the table OUT->name, of OUT->size bytes.  0 or -errno: -EAGAIN
 * if the size is another. */
int ipt_sock_entries(int sock, unsigned int family,
		     struct ipt_get_entries *out);

/* A copy of a table. */
struct ipt_snapshot {
	struct ipt_getinfo info;
	struct ipt_get_entries *entries;	/* owned; NULL: none */
};

int ipt_sock_snapshot(int sock, unsigned int family, const char *table,
		      struct ipt_snapshot *out);
/* Put the copy in place of the table; with its counters, unless another program
 * changes the table between these two steps. */
int ipt_sock_restore(int sock, unsigned int family,
		     const struct ipt_snapshot *s);
void ipt_snapshot_fini(struct ipt_snapshot *s);

/* Does the copy have a chain of ours? */
bool ipt_snapshot_has_ours(unsigned int family, const struct ipt_snapshot *s);
