/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One table of one family in libiptc's hands: read, edited, committed.  Until
 * the commit nothing reaches the kernel.  Positions count from 0.
 *
 * All that return int return 0 or -errno, silent; ipt_table_strerror has the
 * words.
 */
#pragma once

#include "backends/ipt/ipt_entry.h"
#include "backends/ipt/ipt_sock.h"

struct ipt_table {
	const struct ipt_tc *tc;
	unsigned int family;
	int sock;			/* of ipt_sock_open */
	const char *name;		/* "filter" */
	struct xtc_handle *handle;	/* NULL: not read */
	bool changed;
	long entries;		/* that the kernel has after a commit */
	long before;		/* that it had when the table was read */
};

/* Read it; the kernel makes it if it is not there. */
int ipt_table_read(struct ipt_table *t);
void ipt_table_drop(struct ipt_table *t);

/* Names of chains, in order of their bytes, the kernel's own first. */
const char *ipt_table_first(const struct ipt_table *t);
const char *ipt_table_next(const struct ipt_table *t);

bool ipt_table_has_chain(const struct ipt_table *t, const char *chain);

int ipt_table_add_chain(struct ipt_table *t, const char *chain);
int ipt_table_flush(struct ipt_table *t, const char *chain);

/* ENTRY is one of ipt_entry_build. */
int ipt_table_insert(struct ipt_table *t, const char *chain,
		     unsigned int at, const void *entry);
int ipt_table_append(struct ipt_table *t, const char *chain,
		     const void *entry);
int ipt_table_replace(struct ipt_table *t, const char *chain,
		      unsigned int at, const void *entry);
int ipt_table_delete(struct ipt_table *t, const char *chain, unsigned int at);

/* The rules of a chain: NULL at the end. */
const void *ipt_table_first_rule(const struct ipt_table *t, const char *chain);
const void *ipt_table_next_rule(const struct ipt_table *t, const void *entry);
/* "ACCEPT", "VPNPF-FORWARD", "" for none. */
const char *ipt_table_target(const struct ipt_table *t, const void *entry);

/* -EAGAIN: others have changed the table since it was read. */
int ipt_table_commit(struct ipt_table *t);
/* After it: has the kernel as many entries as were meant to be there?  Others
 * may write without the lock. */
bool ipt_table_is_as_meant(const struct ipt_table *t);

/*
 * A hook's chain (ipt_chain_hook) is jumped to by the first rule of the
 * kernel's chain.  Is there one such jump, and at its place?
 */
bool ipt_table_has_jump(const struct ipt_table *t, const char *chain);
int ipt_table_put_jump(struct ipt_table *t, const char *chain);

/* Take out CHAINS, whoever of them refers to whom, and the jumps to them;
 * -EMLINK: others refer to them, too. */
int ipt_table_remove(struct ipt_table *t, const char *const *chains, size_t n);

/* What an error of these means. */
const char *ipt_table_strerror(int error);
