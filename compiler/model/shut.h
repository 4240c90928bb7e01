/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Servers that are shut, because their configuration is bad, and servers that
 * the configuration does not have: their addresses are nobody's, and clients who
 * are nowhere else may do nothing.
 */
#pragma once

#include "compiler/model/policy.h"

/* Lends the server until P changes; NULL: SERVER is not shut. */
const struct shut *shut_find(const struct policy *p, struct str server);

/* Do addresses of SERVER count? */
bool shut_counts(const struct policy *p, struct str server);

/* For policy_resolve: set binding.away; each server that no vpn of P has is said,
 * and added to p->shut. */
void shut_find_away(struct policy *p, struct diag *d);
/* Then: move what is away to p->gone. */
void shut_drop(struct policy *p);

/*
 * For answers: set client.shut of each client who has an address at a server
 * that is shut, and none at another; and p->all_shut.  FILES (or NULL) is
 * another policy, whose bindings tell where clients are, too.  After
 * policy_resolve.
 */
void shut_mark(struct policy *p, const struct policy *files);

/* The binding of ADDR at a server that is shut; NULL: none.  After
 * policy_resolve. */
const struct binding *shut_owner(const struct policy *p,
				 const struct prefix *addr);

/* What to tell of S, malloced: "server lab is shut: ..." */
char *shut_text(const struct shut *s);
