/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one walk over a rule.  Text and netlink are two emitters of this walk, so
 * the printed and the committed rule cannot differ.  This file also has the
 * order of chains, and the form of sets' keys and of comments, for both.
 */
#pragma once

#include "compiler/lower/ruleset.h"

/* The table "inet vpnpf". */
#define VPNPF_TABLE "vpnpf"

/* The set of the state element, and its key (type mark, host order). */
#define VPNPF_STATE_SET "state"
#define VPNPF_STATE_KEY 1u
/* Its comment while the rules are committed in steps. */
#define VPNPF_STATE_UNFINISHED "unfinished"

struct nft_emitter {
	void (*ifname)(void *to, const struct match *m);
	void (*family)(void *to, unsigned int family);
	void (*addr)(void *to, unsigned int field, const struct prefix *net);
	void (*set)(void *to, const struct match *m);
	void (*pair)(void *to, const struct match *m);
	void (*mac)(void *to, const struct match *m);
	/* The packet's IPsec policy (OUT: outbound, else inbound): does it
	 * exist; the tunnel's end on our side; the reqid. */
	void (*ipsec)(void *to, bool out, bool exists);
	void (*tunnel)(void *to, bool out, const struct prefix *end);
	void (*reqid)(void *to, bool out, uint32_t reqid);
	void (*bound)(void *to, const struct match *m);
	void (*proto)(void *to, unsigned int proto);
	void (*port)(void *to, const struct match *m);
	void (*limit)(void *to, const struct match *m);
	void (*local)(void *to);
	/* The packet's flow (ANSWER: the packet is an answer), and its
	 * addresses before the host translated them. */
	void (*direction)(void *to, bool answer);
	void (*status)(void *to, enum translation status);
	void (*original)(void *to, const struct match *m);
	void (*original_pair)(void *to, const struct match *m);
	void (*counter)(void *to);
	void (*log)(void *to, const struct rule *rule);
	void (*vmap)(void *to, const struct rule *rule);
	void (*verdict)(void *to, enum verdict_kind kind, const char *target);
};

/* Matches in their order, then the counter, then the verdict. */
void nft_rule_walk(const struct ruleset *rs, const struct rule *rule,
		   const struct nft_emitter *e, void *to);

/* The round in which CHAIN is made: 0 (no hook) or 1 (hook).  nft lists chains
 * in the order in which they were made. */
static inline unsigned int nft_rule_round(const struct chain *chain)
{
	return chain->hook != HOOK_NONE;
}

/* Is the rule plain, so that its expressions alone give its digest?  Such a
 * rule gets no user data. */
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
	const char *type;	/* name in nft */
	uint8_t id;		/* enum nft_type */
	uint8_t len;		/* bytes; in the kernel a multiple of 4 */
};

#define KEY_FIELDS 2

/* Set FIELDS to the parts of SET's key, and return their number. */
unsigned int nft_rule_fields(const struct set *set,
			     const struct nft_field *fields[KEY_FIELDS]);
/* nft's number for the type of the whole key. */
uint32_t nft_rule_key_type(const struct set *set);

/* Do SET's keys have the reqid in host order, as the kernel loads it from a
 * policy?  In interval sets nft has it in network order. */
static inline bool nft_rule_reqid_is_host(const struct set *set)
{
	return !set->interval;
}

/* Convert the packed key of struct elem to the kernel's key and back; OUT has
 * 32 bytes.  nft_rule_pad returns the length of the kernel's key;
 * nft_rule_unpad is false for a key of another length. */
unsigned int nft_rule_pad(const struct set *set, const uint8_t *key,
			  uint8_t *out);
bool nft_rule_unpad(const struct set *set, const uint8_t *kernel,
		    unsigned int len, uint8_t *key);

/* A comment that nft can read: at most 128 bytes, without quotes and control
 * characters. */
#define COMMENT_MAX_BYTES 128
const char *nft_rule_comment(const char *text,
			     char buf[static COMMENT_MAX_BYTES + 1]);
