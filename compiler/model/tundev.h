/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose an interface is that a "dev tun" may mean.  OpenVPN takes the first free
 * one of tun0 to tun255, so other programs' tun1 and the server's tun0 have the
 * same pattern.  Facts about the host are given; nothing is asked here.
 */
#pragma once

#include "compiler/model/policy.h"

/* A server, and the addresses that it gives its own interface. */
struct tundev_server {
	struct str name;
	const char *dev;		/* "tun0"; "tun*" */
	VEC(struct prefix) own;		/* hosts; none: not known */
};

/* An interface that exists. */
struct tundev_seen {
	struct str name;
	VEC(struct prefix) addresses;	/* hosts; none yet: it is being made */
	const char *vrf;		/* the VRF that it is in, or NULL */
};

/* A hook of SERVER, or the server, has named interface NAME.  It counts also
 * after a restart of the server: the live table keeps it. */
struct tundev_claim {
	struct str name, server;
};

struct tundev_facts {
	VEC(struct tundev_server) servers;
	VEC(struct tundev_seen) seen;
	VEC(struct tundev_claim) claims;
	VEC(char *) texts;		/* owned, of the others */
};
void tundev_fini(struct tundev_facts *f);	/* frees only owned text */

enum tundev_kind {
	TUNDEV_OTHER,		/* no server can mean it */
	TUNDEV_SERVER,		/* it is the server's */
	TUNDEV_FOREIGN,		/* it exists, and is another program's */
	TUNDEV_UNCLAIMED,	/* a server may take it, or has, and nothing
				 * tells which: it is to be closed */
};

struct tundev {
	enum tundev_kind kind;
	size_t server;		/* of SERVER: an index of the facts */
};

/*
 * Whose interface NAME is.  The name itself counts before a claim, a claim
 * before an address, and an address of the server's before others.  If two
 * servers have the same reason, nobody has it.
 */
struct tundev tundev_judge(const struct tundev_facts *f, struct str name);

/* Has interface NAME an address of that server's own? */
bool tundev_has_address(const struct tundev_facts *f, size_t server,
			struct str name);

/* Can DEV mean NAME?  "tun*" and "tap*": with a number from 0 to 255, as OpenVPN
 * writes it; tunl0 and tun07 are none.  Other patterns: any text. */
bool tundev_means(const char *dev, struct str name);

/* Is it "tun*", or another name that ends so? */
bool tundev_is_pattern(const char *dev);

#define TUNDEV_PART 20
/* Part I (from 0) of what rules for the pattern DEV match: "tun0*" to "tun9*" of
 * "tun*", because tunl0 is none of it; else the pattern itself.  False: no
 * more. */
bool tundev_part(const char *dev, unsigned int i, char out[static TUNDEV_PART]);

/* Set the interfaces of the vpns in P that have a pattern to those that are the
 * server's, and the VRFs of all vpns' interfaces.  Also tundev_leave. */
void tundev_assign(const struct tundev_facts *f, struct policy *p);
/* Set the interfaces of others in P: those that rules for the patterns match,
 * and that exist and are no server's. */
void tundev_leave(const struct tundev_facts *f, struct policy *p);

/* Can both mean one interface? */
bool tundev_overlap(const char *a, const char *b);
