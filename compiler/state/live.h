/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has which address now: the "live" table (state.h), and what is to be
 * changed in it.  Text that comes out is good until live_fini or state_close.
 */
#pragma once

#include "compiler/state/state.h"

/* An "a" line of the live table.  line.p NULL: none. */
struct live {
	struct str line;
	struct endpoint addr;
	struct str name;	/* empty: what stands there is no name */
	struct str instance;	/* the server's */
	long long since;	/* seconds since 1970 */
	bool stale_delete_due;		/* there was an owner before, so that a "delete"
				 * that tells of its end may come yet; OpenVPN
				 * does not say whom it deletes */
	uint32_t reqid;		/* IPsec: of its tunnel's policies; 0: not
				 * known, or several */
	unsigned int ups;	/* IPsec: how often it was told and not taken
				 * back; 0 counts as 1 */
};

/*
 * Live bindings with changes that are not yet written: all that asks for live
 * bindings asks this.
 */
struct live_view {
	const struct state *state;
	long long now;		/* when what is removed is so */
	struct table_edits edits;
	void *index;		/* of them: live_edits.h */
};

struct live live_owner(const struct live_view *v, const struct endpoint *addr);
/* The addresses of a name, one a call; *pos begins with 0. */
struct live live_of_name(const struct live_view *v, struct str name,
			 size_t *pos);
/* Those whose line in the table holds TEXT and that were not changed in V, one
 * a call; *pos begins with 0. */
struct live live_search(const struct live_view *v, struct str text,
			size_t *pos);
/* Add one (its line is not looked at).  Displaces the owner before, if any. */
void live_add(struct live_view *v, const struct live *live);
void live_remove(struct live_view *v, struct live owner);
/* Since when nobody has ADDR; 0: that is not known. */
long long live_free_since(const struct live_view *v,
			  const struct endpoint *addr);
/* All of them in the table, whatever V changes, one a call; *line begins
 * with {NULL, 0}. */
struct live live_next(const struct live_view *v, struct str *line);
void live_fini(struct live_view *v);

/* All names and bindings of the live table into P: names before policy_sort,
 * bindings after. */
void live_add_names(const struct live_view *v, struct policy *p);
void live_bind_all(const struct live_view *v, struct policy *p);
/* One of them to client number CLIENT of P. */
void live_bind(const struct live *live, struct policy *p, unsigned int client);
