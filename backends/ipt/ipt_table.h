/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One table of one family, read, edited and committed by libiptc.  The kernel
 * sees no edit before the commit.  Positions count from 0.
 *
 * Functions with an int return 0 or -errno and are silent; ipt_table_strerror
 * has the text of an error.
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
	long entries;		/* number in the kernel after a commit */
	long before;		/* number when the table was read */
};

/* Read the table; the kernel creates it if it does not exist. */
int ipt_table_read(struct ipt_table *t);
void ipt_table_drop(struct ipt_table *t);

/* The labels of chains, the kernel's own chains first, then by strcmp. */
const char *ipt_table_first(const struct ipt_table *t);
const char *ipt_table_next(const struct ipt_table *t);

bool ipt_table_has_chain(const struct ipt_table *t, const char *chain);

int ipt_table_add_chain(struct ipt_table *t, const char *chain);
int ipt_table_flush(struct ipt_table *t, const char *chain);

/* ENTRY is from ipt_entry_build. */
int ipt_table_insert(struct ipt_table *t, const char *chain,
		     unsigned int at, const void *entry);
int ipt_table_append(struct ipt_table *t, const char *chain,
		     const void *entry);
int ipt_table_replace(struct ipt_table *t, const char *chain,
		      unsigned int at, const void *entry);
int ipt_table_delete(struct ipt_table *t, const char *chain, unsigned int at);

/* The rules of a chain, one a call; NULL at the end. */
const void *ipt_table_first_rule(const struct ipt_table *t, const char *chain);
const void *ipt_table_next_rule(const struct ipt_table *t, const void *entry);
/* The name of the target: "ACCEPT", "VPNPF-FORWARD", "" for none. */
const char *ipt_table_target(const struct ipt_table *t, const void *entry);

/* -EAGAIN: another program changed the table since it was read. */
int ipt_table_commit(struct ipt_table *t);
/* After the commit: does the kernel have the expected number of entries?  Other
 * programs may write without the lock. */
bool ipt_table_is_as_meant(const struct ipt_table *t);

/*
 * The first rule of the kernel's chain jumps to our chain of a hook
 * (ipt_chain_hook).  Is there exactly one such jump, as the first rule?
 */
bool ipt_table_has_jump(const struct ipt_table *t, const char *chain);
/* Make this jump, and delete all others to CHAIN. */
int ipt_table_put_jump(struct ipt_table *t, const char *chain);

/* Remove CHAINS, which may refer to each other, and the jumps to them; -EMLINK:
 * other chains refer to them, too. */
int ipt_table_remove(struct ipt_table *t, const char *const *chains, size_t n);

/* The text of an error of these functions. */
const char *ipt_table_strerror(int error);
