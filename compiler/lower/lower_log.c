/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_log.h"

#include <string.h>

#include "compiler/lower/lower_ipt_name.h"

/* The burst of the limit, in seconds of its rate. */
#define BURST_FACTOR 2

struct chain_name {
	const char *nft, *ipt, *prefix;
};

static const struct chain_name names[2][DROP_REASONS] = {
	[FIELD_SADDR] = {
		[DROP_DENIED] = { "log_from_denied", "VPNPF-LOG-FROM-DENIED",
				  "vpnpf from denied" },
		[DROP_PAIR] = { "log_from_pair", "VPNPF-LOG-FROM-PAIR",
				"vpnpf from pair" },
		[DROP_UNKNOWN] = { "log_from_unknown",
				   "VPNPF-LOG-FROM-UNKNOWN",
				   "vpnpf from unknown" },
		[DROP_MAC] = { "log_from_mac", "VPNPF-LOG-FROM-MAC",
			       "vpnpf from mac" },
		[DROP_CLEAR] = { "log_from_clear", "VPNPF-LOG-FROM-CLEAR",
				 "vpnpf from clear" },
		[DROP_TUNNEL] = { "log_from_tunnel", "VPNPF-LOG-FROM-TUNNEL",
				  "vpnpf from tunnel" },
	},
	[FIELD_DADDR] = {
		[DROP_DENIED] = { "log_to_denied", "VPNPF-LOG-TO-DENIED",
				  "vpnpf to denied" },
		[DROP_PAIR] = { "log_to_pair", "VPNPF-LOG-TO-PAIR",
				"vpnpf to pair" },
		[DROP_UNKNOWN] = { "log_to_unknown", "VPNPF-LOG-TO-UNKNOWN",
				   "vpnpf to unknown" },
		[DROP_MAC] = { "log_to_mac", "VPNPF-LOG-TO-MAC",
			       "vpnpf to mac" },
		[DROP_CLEAR] = { "log_to_clear", "VPNPF-LOG-TO-CLEAR",
				 "vpnpf to clear" },
		[DROP_TUNNEL] = { "log_to_tunnel", "VPNPF-LOG-TO-TUNNEL",
				  "vpnpf to tunnel" },
	},
};

struct rule *lower_drop(const struct policy *p, enum field stage,
			enum drop_reason reason, struct loc at,
			struct ruleset *rs)
{
	if (!p->log.on)
		return ruleset_add_rule(rs, RULE_DROP, NULL, at);
	return ruleset_add_rule(rs, RULE_GOTO, names[stage][reason].nft, at);
}

const char *lower_log_target(const struct policy *p, unsigned int family,
			     enum field stage, enum drop_reason reason,
			     struct ruleset *rs)
{
	return p->log.on ? lower_ipt_name(rs, family,
					    names[stage][reason].ipt, "")
			 : NULL;
}

static bool is_target(const struct ruleset *rs, const char *chain)
{
	const struct rule *rule;

	vec_each(rule, &rs->rules)
		if (rule->verdict == RULE_GOTO && !strcmp(rule->target, chain))
			return true;
	return false;
}

static void add_chain(const struct policy *p, const char *name,
		      const char *prefix, struct ruleset *rs)
{
	struct match *limit;

	ruleset_add_chain(rs, name);
	ruleset_add_rule(rs, RULE_LOG, prefix, LOC_NONE)->group = p->log.group;
	limit = ruleset_add_match(rs, MATCH_LIMIT);
	limit->from = p->log.rate;
	limit->to = (uint16_t)(BURST_FACTOR * p->log.rate);
	ruleset_add_rule(rs, RULE_DROP, NULL, LOC_NONE);
}

void lower_log_chains(const struct policy *p, struct ruleset *rs)
{
	const struct chain_name *name = &names[0][0];
	size_t i;

	for (i = 0; p->log.on && i < 2 * DROP_REASONS; i++, name++)
		if (is_target(rs, name->nft))
			add_chain(p, name->nft, name->prefix, rs);
}

void lower_log_chains_ipt(const struct policy *p, unsigned int family,
			  struct ruleset *rs)
{
	const struct chain_name *name = &names[0][0];
	const char *chain;
	size_t i;

	for (i = 0; p->log.on && i < 2 * DROP_REASONS; i++, name++) {
		chain = lower_ipt_name(rs, family, name->ipt, "");
		if (is_target(rs, chain))
			add_chain(p, chain, name->prefix, rs);
	}
}
