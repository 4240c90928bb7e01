/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that is a variable: it takes plans as nf_tables does, refuses what
 * nf_tables refuses, and can be looked at.
 */
#pragma once

#include "backends/backend.h"

struct fake_chain {
	char *name;
	enum hook hook;
	int priority;
	VEC(uint64_t) rules;		/* digests */
	VEC(char *) chains, sets;	/* what its rules name */
};

struct fake_set {
	struct set set;			/* its name is owned, elems are sorted
					 * and own their texts */
};

struct fake_kernel {
	bool table;
	uint32_t generation;
	char state[128];
	VEC(struct fake_chain) chains;	/* sorted by name */
	VEC(struct fake_set) sets;	/* sorted by name */
	unsigned int lists, commits;	/* how often asked, and changed */
	unsigned int loaded_asked;	/* whether there are rules */
	/* what is to happen at the next commit, once */
	bool race;			/* another writer is faster */
	int trouble;			/* this -errno */
	char *refusal;			/* the first plan that was refused, and
					 * why; NULL: none */
};

extern struct fake_kernel fake_kernel;
/* As nftables, and as iptables, which takes no parts. */
extern const struct backend fake_backend, fake_whole_backend;

/* As after a boot; lists, commits and generation go on. */
void fake_kernel_clear(void);

/* How the kernel differs from a compile (a text, malloced), or NULL. */
char *fake_kernel_differs(const struct ruleset *want, const char *state);
