/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chains, sets and rules of nftables or iptables.  lower_nft.c and lower_ipt.c
 * make them, plan.c compares them, and a backend prints or commits them.
 *
 * A ruleset owns its chains, sets and all names; places point into sources.
 */
#pragma once

#include "compiler/base/prefix.h"
#include "compiler/base/source.h"
#include "compiler/base/vec.h"
#include "compiler/model/rule_options.h"

/* An end of the packet: source or destination. */
enum field {
	FIELD_SADDR,
	FIELD_DADDR,
};

enum match_kind {
	MATCH_IIFNAME,		/* name: "tun0" or "tun*"; not (nftables) */
	MATCH_OIFNAME,
	MATCH_FAMILY,		/* family (meta nfproto) */
	MATCH_ADDR,		/* family, field, net */
	MATCH_SET,		/* family, field; name of the set */
	MATCH_PAIR,		/* family; saddr . daddr in set NAME */
	MATCH_MAC,		/* family; ether saddr . saddr NOT in NAME */
	MATCH_PROTO,		/* proto (meta l4proto) */
	MATCH_PORT,		/* proto; field's port (sport or dport) */
	MATCH_IPSEC,		/* field, clear, net, reqid: see struct match */
	MATCH_REQID,		/* family, field; address . reqid of the
				 * packet's IPsec policy NOT in NAME */
	MATCH_ETHER,		/* mac: source hardware address */
	MATCH_COMMENT,		/* name: the text; matches every packet */
	MATCH_LIMIT,		/* from: packets a second, to: burst */
	MATCH_TRACKED,		/* field, status, net: see struct match */
	MATCH_LOCAL,		/* nftables: the packet was made on this host */
	MATCH_ORIGINAL,		/* nftables; family, field: the address in the
				 * first packet of the flow is in set NAME, or
				 * without one in NET */
	MATCH_ORIGINAL_PAIR,	/* nftables; family: the two in NAME */
	MATCH_SDIFNAME,		/* nftables, in HOOK_FORWARD: the interface of a
				 * VRF that the packet came in by */
};

struct match {
	uint8_t kind;		/* enum match_kind */
	uint8_t family;
	uint8_t field;
	uint8_t proto;		/* IPPROTO_* */
	uint16_t from, to;	/* ports, inclusive, host order */
	struct prefix net;
	const char *name;
	bool not;		/* MATCH_IIFNAME, MATCH_OIFNAME: any other */
	/*
	 * MATCH_IPSEC.  FIELD_SADDR: the packet's inbound policy; FIELD_DADDR:
	 * its outbound policy.  CLEAR: the packet has no policy.  Else the
	 * policy has tunnel mode, and NET (a host) is the tunnel's end on our
	 * side; net.len 0: any.  REQID 0: any.
	 */
	bool clear;
	uint32_t reqid;
	uint8_t mac[6];
	/*
	 * MATCH_TRACKED: the packet's flow.  FIELD_SADDR: the packet
	 * goes in the flow's original direction; FIELD_DADDR: it is an answer.
	 * STATUS not 0: the host translates the flow's address so; in nftables
	 * TRANSLATION_SOURCE means the source only.  net.len not 0 (iptables):
	 * the flow's original source is in NET.
	 */
	uint8_t status;		/* enum translation */
};

enum translation {
	TRANSLATION_ANY,
	TRANSLATION_SOURCE,	/* SNAT, masquerade */
	TRANSLATION_DEST,	/* DNAT, REDIRECT */
};

enum verdict_kind {
	RULE_ACCEPT,
	RULE_DROP,
	RULE_RETURN,
	RULE_JUMP,		/* target: a chain */
	RULE_GOTO,
	RULE_VMAP,		/* family, field; target: a map of verdicts */
	RULE_LOG,		/* and continue; target: the log prefix, of
				 * [A-Za-z ]; group */
};

struct rule {
	unsigned int match;	/* index of the first in ruleset.matches */
	uint8_t n_matches;
	uint8_t verdict;	/* enum verdict_kind */
	uint8_t family, field;	/* of a vmap */
	bool counter;
	uint16_t group;		/* of NFLOG */
	const char *target;
	struct loc at;		/* the .pf line it comes from, or none */
};

enum hook {
	HOOK_NONE,		/* no base chain */
	HOOK_PREROUTING,
	HOOK_POSTROUTING,
	/* iptables: rule 1 of a hook's chain jumps to our chain; of these three
	 * only in the tables filter and security; nftables has FORWARD only */
	HOOK_INPUT,
	HOOK_FORWARD,
	HOOK_OUTPUT,
};

struct chain {
	const char *name;
	const char *comment;	/* exact common name; NULL: none */
	enum hook hook;
	int priority;		/* relative to "filter" (0) */
	unsigned int rule, n_rules;	/* in ruleset.rules */
};

enum set_key {
	SET_KEY_ADDR,
	SET_KEY_PAIR,		/* address . address */
	SET_KEY_MAC_ADDR,	/* ether . address */
	SET_KEY_ADDR_REQID,	/* address . reqid of an IPsec policy */
	SET_KEY_STATE,		/* a mark; has one element with a comment */
};

/*
 * Key bytes in network order, fields one after the other without padding: 4 or
 * 16 for an address, twice that for a pair, 6 and the address for a MAC pair,
 * the address and 4 for a reqid.
 * In an interval set "end" is the last key, inclusive; else it equals "key".
 */
struct elem {
	uint8_t key[32], end[32];
	const char *target;	/* maps: jump to this chain */
	const char *comment;	/* of the state element, and of those that
				 * count: see lower_nft_comment */
	uint64_t packets, bytes;	/* the counter, if listed */
};

struct set {
	const char *name;
	uint8_t key;		/* enum set_key */
	uint8_t family;
	bool interval;
	bool map;		/* a verdict map */
	bool counter;		/* each element counts its packets */
	VEC(struct elem) elems;	/* sorted by ruleset_sort */
};

struct ruleset {
	enum rule_table table;	/* iptables only */
	VEC(struct match) matches;
	VEC(struct rule) rules;
	VEC(struct chain) chains;	/* sorted by name by ruleset_sort */
	VEC(struct set) sets;		/* sorted by name by ruleset_sort */
	uint64_t *digests;		/* of the rules; NULL: not sealed */
	VEC(char *) names;		/* owned */
};

void ruleset_fini(struct ruleset *rs);

/* Take ownership of TEXT (malloced) and return it. */
const char *ruleset_own(struct ruleset *rs, char *text);

/* Begin a chain; its rules follow by ruleset_add_rule.  The pointer is good
 * until the next chain is begun. */
struct chain *ruleset_add_chain(struct ruleset *rs, const char *name);
/* Begin a rule of the chain begun last. */
struct rule *ruleset_add_rule(struct ruleset *rs, enum verdict_kind verdict,
			      const char *target, struct loc at);
/* Add a match to the rule begun last.  The pointer is good until the next match
 * is added. */
struct match *ruleset_add_match(struct ruleset *rs, enum match_kind kind);
/* The pointer is good until the next set is added. */
struct set *ruleset_add_set(struct ruleset *rs, const char *name,
			    enum set_key key, unsigned int family);
struct elem *set_add_elem(struct set *set);

/* Bytes of a set's key. */
unsigned int set_key_size(const struct set *set);

/* Sort chains and sets by name, elements by key. */
void ruleset_sort(struct ruleset *rs);
int elem_cmp(const struct elem *a, const struct elem *b);	/* keys only */

/* Room for elem_format. */
#define ELEM_TEXT 512
/* As nft writes it: "10.8.0.2 . 10.8.0.0/24", in a map followed by
 * " : jump p/<hash>/to", with a comment by " comment \"john\""; returns BUF. */
const char *elem_format(const struct set *set, const struct elem *elem,
			char buf[static ELEM_TEXT]);

/* The element of a sorted set whose "key" is KEY's; NULL: none. */
struct elem *set_find_elem(const struct set *set, const struct elem *key);

struct chain *ruleset_find_chain(const struct ruleset *rs, const char *name);
struct set *ruleset_find_set(const struct ruleset *rs, const char *name);

/*
 * A digest of a rule without its place.  Different rules have equal digests
 * with a chance of one in 2^64.
 */
uint64_t rule_digest(const struct ruleset *rs, const struct rule *rule);

/* The rules will not change: keep their digests, so that each is made once. */
void ruleset_seal(struct ruleset *rs);
/* The digest of rule number I. */
uint64_t ruleset_rule_digest(const struct ruleset *rs, size_t i);

/*
 * The sum of the digests of all chains and elements.  A change of one client
 * subtracts the digests that it deletes and adds the digests that it adds.
 * The state element is left out.
 */
uint64_t ruleset_digest(const struct ruleset *rs);
