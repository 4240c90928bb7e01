/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose an interface is that a "dev tun" may mean.  OpenVPN takes the first free
 * one of tun0 to tun255, so other programs' tun1 and the server's tun0 have the
 * same pattern.  Facts about the host are given; nothing is asked here.
 */
#pragma once

#include "compiler/base/prefix.h"
#include "compiler/base/vec.h"

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
};

/* A hook of SERVER, or the server, has named interface NAME.  It counts also
 * after a restart of the server.  Nothing keeps claims yet: the names and
 * addresses decide. */
struct tundev_claim {
	struct str name, server;
};

struct tundev_facts {
	VEC(struct tundev_server) servers;
	VEC(struct tundev_seen) seen;
	VEC(struct tundev_claim) claims;
};
void tundev_fini(struct tundev_facts *f);	/* frees no text */

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

/* Can DEV mean NAME?  "tun*" and "tap*": with a number from 0 to 255, as OpenVPN
 * writes it; tunl0 and tun07 are none.  Other patterns: any text. */
bool tundev_means(const char *dev, struct str name);

/* Can both mean one interface? */
bool tundev_overlap(const char *a, const char *b);
