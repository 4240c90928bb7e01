/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The present owners of addresses: the "live" table (state.h), and changes of
 * it.  Text that these functions return is good until live_fini or state_close.
 *
 * Several servers may claim one address, each for one client; a client has an
 * address at one server.  A server with data channel offload may claim it for
 * several (live_dispute).  Whom it belongs to then, policy_resolve decides.
 */
#pragma once

#include "compiler/model/tundev.h"
#include "compiler/state/state.h"

/* An "a" line of the live table.  line.p NULL: none. */
struct live {
	struct str line;
	struct endpoint addr;
	struct str name;	/* empty: not a possible name */
	struct str instance;	/* the server's name */
	long long since;	/* seconds since 1970 */
	bool stale_delete_due;	/* the address had another owner, whose
				 * "delete" may still come; a "delete" of
				 * OpenVPN names no client */
	uint32_t reqid;		/* IPsec: of the tunnel's policies; 0: unknown,
				 * or there are several */
	unsigned int ups;	/* IPsec: number of "up" events without a
				 * "down"; 0 counts as 1 */
};

/*
 * The live table with changes that are not written yet.  All readers of live
 * bindings use this view.
 */
struct live_view {
	const struct state *state;
	long long now;		/* the time of removals */
	struct table_edits edits;
	void *index;		/* of the edits: live_edits.h */
};

/* The bindings of ADDR, one a call; *pos begins with 0.  A change of V ends
 * the walk. */
struct live live_claim(const struct live_view *v, const struct endpoint *addr,
		       size_t *pos);
/* The binding of ADDR at SERVER, or one of several. */
struct live live_at(const struct live_view *v, const struct endpoint *addr,
		    struct str server);
/* The binding of ADDR to the client NAME. */
struct live live_of(const struct live_view *v, const struct endpoint *addr,
		    struct str name);
/* The bindings of a name, one a call; *pos begins with 0. */
struct live live_of_name(const struct live_view *v, struct str name,
			 size_t *pos);
/* The bindings whose line in the table contains TEXT and that V does not
 * change, one a call; *pos begins with 0. */
struct live live_search(const struct live_view *v, struct str text,
			size_t *pos);
/* Add a binding (live->line is ignored).  It replaces that of the same server,
 * and that of the same client at another server: the client has moved. */
void live_add(struct live_view *v, const struct live *live);
/* The same, but other clients' bindings at this server stay. */
void live_dispute(struct live_view *v, const struct live *live);
void live_remove(struct live_view *v, struct live owner);
/* The time since which ADDR has no owner at SERVER; 0: unknown. */
long long live_free_since(const struct live_view *v,
			  const struct endpoint *addr, struct str server);
/* All bindings of the table but those that V removes, one a call; *line begins
 * with {NULL, 0}. */
struct live live_next(const struct live_view *v, struct str *line);
void live_fini(struct live_view *v);

/*
 * SERVER has the interface DEV, as a hook or an address has shown.  It had no
 * other before, and DEV no other server: an older line of either goes.
 */
void live_claim_dev(struct live_view *v, struct str dev, struct str server);
/* The interfaces of servers, one a call; *pos begins with 0.  Text as of the
 * other functions.  False: no more. */
bool live_next_dev(const struct live_view *v, size_t *pos,
		   struct tundev_claim *out);

/* Add all names, or bindings, of the view to P: names before policy_sort,
 * bindings after. */
void live_add_names(const struct live_view *v, struct policy *p);
void live_bind_all(const struct live_view *v, struct policy *p);
/* Bind one address to client number CLIENT of P. */
void live_bind(const struct live *live, struct policy *p, unsigned int client);
