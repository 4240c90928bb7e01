/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one walk over a rule.  Text and netlink are two emitters of it, so what
 * is shown and what is committed cannot drift apart.  The same for the order
 * of chains, the shape of sets' keys and comments.
 */
#pragma once

#include "compiler/lower/ruleset.h"

/* All in the table "inet vpnpf". */
#define VPNPF_TABLE "vpnpf"

/* The state element: the set that has it; its key (type mark, host order). */
#define VPNPF_STATE_SET "state"
#define VPNPF_STATE_KEY 1u

struct nft_emitter {
	void (*ifname)(void *to, bool out, const char *name);
	void (*family)(void *to, unsigned int family);
	void (*addr)(void *to, unsigned int field, const struct prefix *net);
	void (*set)(void *to, const struct match *m);
	void (*pair)(void *to, const struct match *m);
	void (*mac)(void *to, const struct match *m);
	/* OUT: of an outbound IPsec policy, else of an inbound one.  Is there
	 * one; its tunnel's end on our side; its reqid. */
	void (*ipsec)(void *to, bool out, bool exists);
	void (*tunnel)(void *to, bool out, const struct prefix *end);
	void (*reqid)(void *to, bool out, uint32_t reqid);
	void (*bound)(void *to, const struct match *m);
	void (*proto)(void *to, unsigned int proto);
	void (*port)(void *to, const struct match *m);
	void (*limit)(void *to, const struct match *m);
	void (*counter)(void *to);
	void (*log)(void *to, const struct rule *rule);
	void (*vmap)(void *to, const struct rule *rule);
	void (*verdict)(void *to, enum verdict_kind kind, const char *target);
};

/* Matches in their order, then the counter, then the verdict. */
void nft_rule_walk(const struct ruleset *rs, const struct rule *rule,
		   const struct nft_emitter *e, void *to);

/* Is CHAIN made in round 0 (no hook) or 1 (hook)?  nft lists in that order. */
static inline unsigned int nft_rule_round(const struct chain *chain)
{
	return chain->hook != HOOK_NONE;
}

/* Does the kernel keep the rule's digest?  Not for rules that can be told from
 * their bare expressions: one stands in each client's chain. */
static inline bool nft_rule_is_plain(const struct rule *rule)
{
	return !rule->n_matches && rule->verdict != RULE_VMAP &&
	       rule->verdict != RULE_LOG;
}

/* nft's numbers of types. */
enum nft_type {
	TYPE_INTEGER = 4,
	TYPE_IPADDR = 7,
	TYPE_IP6ADDR = 8,
	TYPE_ETHERADDR = 9,
	TYPE_MARK = 19,
};

/* One part of a set's key. */
struct nft_field {
	const char *type;	/* as nft names it */
	uint8_t id;		/* enum nft_type */
	uint8_t len;		/* bytes; in the kernel a multiple of 4 */
};

#define KEY_FIELDS 2

/* The parts of SET's key: how many, and which. */
unsigned int nft_rule_fields(const struct set *set,
			     const struct nft_field *fields[KEY_FIELDS]);
/* nft's number of the whole key's type. */
uint32_t nft_rule_key_type(const struct set *set);

/* Is a reqid in SET's keys of host order, as the kernel loads it from a policy?
 * nft wants network order where it could be a range. */
static inline bool nft_rule_reqid_is_host(const struct set *set)
{
	return !set->interval;
}

/* Between the packed key of struct elem and the kernel's; OUT has 32 bytes.
 * Padding returns the kernel's length; of another one there is no key. */
unsigned int nft_rule_pad(const struct set *set, const uint8_t *key,
			  uint8_t *out);
bool nft_rule_unpad(const struct set *set, const uint8_t *kernel,
		    unsigned int len, uint8_t *key);

/* A comment that nft reads back: at most 128 bytes, no quote, no control. */
#define COMMENT_MAX_BYTES 128
const char *nft_rule_comment(const char *text,
			     char buf[static COMMENT_MAX_BYTES + 1]);
