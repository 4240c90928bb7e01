/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by hook.c (OpenVPN) and the other hook_*.c, and for these only.
 */
#pragma once

#include "cli/hook/hook.h"

/* The calling server; NULL: not known. */
const struct instance *hook_find_server(const struct cli *cli,
					const struct conf *conf);
/* Warn of other servers that are bad: the call of a good one works from what
 * was loaded last. */
void hook_warn_of_others(struct hook_call *h);

/* The name of H's server in the tables. */
const char *hook_server(const struct hook_call *h);

/*
 * Read the client's present file. CHANGED: it differs from the compiled one. A
 * bad file leaves the compiled one in force. 0; -EACCES (reported): the client
 * is closed; another -errno (reported): not known.
 */
int hook_updated_client(struct hook_call *h, struct client *c, bool *changed);

/*
 * May the client have NET (masked) at the calling server, which is known?  It is
 * of the server's network, or its file in client-config-dir has it or an iroute
 * with it; and else not another server's, nor an ipsec section's.  If the
 * server's network is not known, all other addresses count as its own.  0,
 * -EACCES (reported), or another -errno (reported): not known.
 */
int hook_confine(struct hook_call *h, const struct prefix *net);

/* Add the owners of ADDR, of all sources. */
void hook_add_owners(struct hook_call *h, const struct endpoint *addr,
		     struct affected *c);

/* The longest network of the client on this server with HOST. */
struct live hook_own_net(const struct hook_call *h, const struct prefix *host);
/*
 * A host inside a network of the same client changes nothing (OpenVPN learns
 * each host that a packet goes to, and forgets it a minute later), unless the
 * host, or a network between the two, is another client's by any source.
 */
bool hook_is_covered(struct hook_call *h, const struct endpoint *addr);

/* The binding of ADDR of no known server, which may be this one's. */
struct live hook_unknown_claim(const struct hook_call *h,
			       const struct endpoint *addr);
/* Make the client the owner of ADDR at this server in the tables, or one of
 * several (live_dispute). */
void hook_set_owner(struct hook_call *h, const struct endpoint *addr,
		    bool update);
/* Has this server given ADDR to several clients (live_dispute)? */
bool hook_has_several(const struct hook_call *h, const struct endpoint *addr);
/* Say so if another server claims ADDR for another client than H's. */
void hook_say_rival(struct hook_call *h, const struct endpoint *addr);

/* Remove the live binding if it is this server's. */
void hook_remove_live(struct hook_call *h, struct live live,
		      struct affected *c);

/* If the rules do not have the interface of the call: what apply does, once.  0
 * or -errno (reported). */
int hook_apply(struct hook_call *h);
/* Call sync_clients for C, which it ends; without names nothing is done. */
int hook_sync(struct hook_call *h, struct affected *c, struct client *updated);
