/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other programs' rules that translate the source of packets, of either kind of
 * tables, and whether they meet packets to a VPN's clients.
 */
#pragma once

#include "compiler/base/prefix.h"
#include "compiler/base/vec.h"

/* Bytes for an interface's name, as IFNAMSIZ. */
#define NAT_DEV_NAME 16

/* Addresses of clients on an interface. */
struct host_pool {
	const char *dev;		/* "tun0", "tun*"; IPsec: outside, "*" */
	const char *section;		/* IPsec: whose tunnels; else NULL */
	unsigned int family;
	struct addr first, last;
};

struct host_pools {
	VEC(struct host_pool) list;
};

enum nat_action {
	NAT_NOTHING,
	NAT_SOURCE,		/* masquerade, SNAT */
	NAT_END,		/* accept, drop: no further rule */
	NAT_RETURN,
	NAT_JUMP,
	NAT_GOTO,
};

/* What a rule asks of an interface. */
struct nat_dev {
	bool set, inverted, wild;	/* wild: NAME is a beginning */
	char name[NAT_DEV_NAME];		/* "": more than one, in a set */
};

struct nat_net {
	bool set, inverted;
	struct prefix net;
};

struct nat_rule {
	unsigned int chain;		/* a number of the caller's */
	enum nat_action action;
	unsigned int target;		/* of JUMP, GOTO: a chain */
	bool odd;			/* it asks more than below */
	bool no_tunnel;			/* only packets without an outbound
					 * IPsec policy */
	bool one_family;		/* only packets of FAMILY */
	unsigned int family;
	struct nat_dev in, out;
	struct nat_net src, dst;
};

/* The rules of a table, those of a chain in their order. */
struct nat_rules {
	VEC(struct nat_rule) list;
};

/* What a rule of a table translates. */
enum nat_finding {
	NAT_BETWEEN,	/* what clients send to each other, as it names no
			 * interface */
	NAT_TO_VPN,	/* what others send to clients */
};

/* What a rule does to packets to POOL, and WHERE it stands. */
typedef void nat_found_fn(void *arg, enum nat_finding what,
			  const struct host_pool *pool, const char *where);

/*
 * Tell FOUND of each rule on the way from CHAIN, which hooks postrouting, that
 * translates packets to POOL: its number in its chain, from 1.  Conditions that
 * are not in struct nat_rule may hold.
 */
void nat_rules_find(const struct nat_rules *rules, unsigned int chain,
		    const struct host_pool *pool,
		    void (*found)(void *arg, enum nat_finding what,
				  const struct host_pool *pool,
				  unsigned int chain, unsigned int number),
		    void *arg);
