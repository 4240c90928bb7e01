/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answer of what is in force, beside the answer of the files: the policy as
 * it was loaded, if it may be another one than that of the files.
 */
#pragma once

#include "cli/sync/in_force.h"
#include "compiler/query/query.h"

struct loaded {
	struct in_force rules;
	struct compile compile;	/* the policy as loaded; borrows from RULES */
};

/*
 * FILES: the policy of the files, which must outlive OUT; NULL if they cannot
 * be read. False: the files are in force, or it is not known what is, for
 * example without root. End with loaded_fini in any case.
 */
bool loaded_read(const struct cli *cli, const struct policy *files,
		 struct loaded *out);
void loaded_fini(struct loaded *x);

#define LOADED_SPOILT \
	"the kernel has something else than what was loaded: run vpnpf reconcile"

/* Have others changed the kernel's rules, so that nobody knows the verdict? */
bool loaded_is_spoilt(const struct loaded *x);

/*
 * What of X decides: "no rules are loaded: everything passes". NULL: the policy
 * as loaded. *ACCEPT is the verdict then.
 */
const char *loaded_whole(const struct loaded *x, bool *accept);

/* Is END of Q, a question about the files, at servers only whose interfaces the
 * rules do not have, so that vpnpf does not decide? */
bool loaded_lacks(const struct loaded *x, const struct query *q,
		  const struct query_end *end);

#define LOADED_LACKS "the rules do not have the interface of this server"

/* A note with the first error that holds the files back, if there is one. */
void loaded_note(const struct loaded *x, struct diag *d);
