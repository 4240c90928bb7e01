/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/eval_ruleset.h"

#include <netinet/in.h>
#include <string.h>

#define NAME_ROOM 28		/* of iptables: 29 with its NUL */
#define COMMENT_ROOM 255

enum visit {
	VISIT_NONE,
	VISIT_OPEN,		/* on the way that led here */
	VISIT_DONE,
};

struct check {
	const struct ruleset *rs;
	enum visit *visit;	/* of each chain, from the hook at hand */
	bool *needed;		/* by any hook */
	enum hook hook;
	unsigned int family;
};

static unsigned int family_of(const char *name)
{
	return strncmp(name, "ip6/", 4) ? FAMILY_IP4 : FAMILY_IP6;
}

static char *check_name(const char *name)
{
	static const char legal[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_.@-";
	const char *rest = strchr(name, '/');

	if (strncmp(name, "ip/", 3) && strncmp(name, "ip6/", 4))
		return mem_printf("%s: of no family", name);
	rest++;
	if (!*rest || strlen(rest) > NAME_ROOM || *rest == '-' ||
	    strspn(rest, legal) != strlen(rest))
		return mem_printf("%s: a name that iptables refuses", name);
	return NULL;
}

/* What iptables-save prints first comes first. */
static unsigned int place(const struct match *m)
{
	switch ((enum match_kind)m->kind) {
	case MATCH_ADDR:
		return m->field == FIELD_SADDR ? 1 : 2;
	case MATCH_IIFNAME:
		return 3;
	case MATCH_OIFNAME:
		return 4;
	case MATCH_PROTO:
		return 5;
	case MATCH_PORT:
		return 6;
	case MATCH_IPSEC:
		return 7;
	case MATCH_ETHER:
		return 8;
	case MATCH_COMMENT:
	case MATCH_LIMIT:
	case MATCH_TRACKED:
		return 9;
	case MATCH_SDIFNAME:
	case MATCH_FAMILY:
	case MATCH_SET:
	case MATCH_PAIR:
	case MATCH_MAC:
	case MATCH_REQID:
	case MATCH_LOCAL:
	case MATCH_ORIGINAL:
	case MATCH_ORIGINAL_PAIR:
		return 0;
	}
	return 0;
}

/* Has a packet in this hook what the match asks for? */
static bool is_known_here(const struct match *m, enum hook hook)
{
	switch ((enum match_kind)m->kind) {
	case MATCH_IIFNAME:
		return hook != HOOK_OUTPUT;
	case MATCH_ETHER:
		return hook != HOOK_OUTPUT && hook != HOOK_POSTROUTING;
	case MATCH_OIFNAME:
		return hook != HOOK_INPUT && hook != HOOK_PREROUTING;
	case MATCH_IPSEC:
		return m->field == FIELD_SADDR
			? hook != HOOK_OUTPUT && hook != HOOK_POSTROUTING
			: hook != HOOK_INPUT && hook != HOOK_PREROUTING;
	case MATCH_ADDR:
	case MATCH_PROTO:
	case MATCH_PORT:
	case MATCH_COMMENT:
	case MATCH_LIMIT:
	case MATCH_SDIFNAME:
	case MATCH_FAMILY:
	case MATCH_SET:
	case MATCH_PAIR:
	case MATCH_MAC:
	case MATCH_REQID:
	case MATCH_LOCAL:
	case MATCH_ORIGINAL:
	case MATCH_ORIGINAL_PAIR:
	case MATCH_TRACKED:
		return true;
	}
	return false;
}

static const char *match_fault(const struct check *x, const struct match *m,
			       const struct match *before)
{
	if (!place(m))
		return "a match that iptables has not";
	if (before && (place(before) > place(m) ||
		       (place(before) == place(m) &&
			before->field >= m->field)))
		return "matches out of order";
	if (!is_known_here(m, x->hook))
		return "a match that this hook cannot answer";
	if (m->kind == MATCH_ADDR && (m->family != x->family ||
				      m->net.family != x->family ||
				      !m->net.len))
		return "an odd address";
	if (m->kind == MATCH_IPSEC && m->net.len &&
	    (m->net.family != x->family || !prefix_is_host(&m->net)))
		return "an odd tunnel";
	if (m->kind == MATCH_PORT && !(before && before->proto == m->proto &&
				       (before->kind == MATCH_PROTO ||
					before->kind == MATCH_PORT)))
		return "a port without its protocol";
	if (m->kind == MATCH_COMMENT && strlen(m->name) > COMMENT_ROOM)
		return "a comment that is cut";
	return NULL;
}

static char *check_chain(struct check *x, const struct chain *chain);

static char *check_rule(struct check *x, const struct chain *chain,
			const struct rule *rule)
{
	const struct match *m = vec_at(&x->rs->matches, rule->match);
	const struct chain *target;
	const char *fault = NULL;
	unsigned int i;

	for (i = 0; i < rule->n_matches && !fault; i++)
		fault = match_fault(x, m + i, i ? m + i - 1 : NULL);
	if (rule->verdict == RULE_VMAP)
		fault = "a map";
	if (fault)
		return mem_printf("%s: %s", chain->name, fault);
	if (rule->verdict != RULE_JUMP && rule->verdict != RULE_GOTO)
		return NULL;
	target = ruleset_find_chain(x->rs, rule->target);
	if (!target || family_of(rule->target) != x->family ||
	    target->hook != HOOK_NONE)
		return mem_printf("%s: a way to %s, which is not there",
				  chain->name, rule->target);
	return check_chain(x, target);
}

/* Who falls off a chain that was reached by goto has passed all the others. */
static bool has_an_end(const struct ruleset *rs, const struct chain *chain)
{
	const struct rule *end = rs->rules.v + chain->rule + chain->n_rules;

	return chain->n_rules && !end[-1].n_matches &&
	       end[-1].verdict != RULE_JUMP;
}

static char *check_chain(struct check *x, const struct chain *chain)
{
	enum visit *visit = &x->visit[chain - x->rs->chains.v];
	char *text = NULL;
	unsigned int i;

	if (*visit == VISIT_OPEN)
		return mem_printf("%s: a circle", chain->name);
	if (*visit == VISIT_DONE)
		return NULL;
	if (chain->hook == HOOK_NONE && !has_an_end(x->rs, chain))
		return mem_printf("%s: it comes to its end", chain->name);
	x->needed[chain - x->rs->chains.v] = true;
	*visit = VISIT_OPEN;
	for (i = 0; i < chain->n_rules && !text; i++)
		text = check_rule(x, chain,
				  x->rs->rules.v + chain->rule + i);
	*visit = VISIT_DONE;
	return text;
}

/* All that is below the hooks' chains, of which each family has one each. */
static char *check_hooks(struct check *x)
{
	bool found[2][HOOK_OUTPUT + 1] = { { false } };
	const struct chain *chain;
	char *text;

	vec_each(chain, &x->rs->chains) {
		if (chain->hook == HOOK_NONE)
			continue;
		x->family = family_of(chain->name);
		x->hook = chain->hook;
		if ((chain->hook < HOOK_INPUT) !=
		    (x->rs->table == TABLE_MANGLE) || found[x->family][x->hook])
			return mem_printf("%s: an odd hook", chain->name);
		found[x->family][x->hook] = true;
		memset(x->visit, 0, x->rs->chains.n * sizeof(*x->visit));
		text = check_chain(x, chain);
		if (text)
			return text;
	}
	return NULL;
}

/* Those who accept all clients are asked by who does the same; and whom they
 * deny is logged. */
static bool is_spare(const struct chain *chain)
{
	const char *name = strchr(chain->name, '/') + 1;

	return !strcmp(name, "VPNPF-OPEN") || !strncmp(name, "VPa-", 4) ||
	       (!strncmp(name, "VP", 2) && strchr("Xx", name[2])) ||
	       !strncmp(name, "VPNPF-LOG-FROM-", strlen("VPNPF-LOG-FROM-")) ||
	       !strcmp(name, "VPNPF-LOG-TO-DENIED") ||
	       !strncmp(name, "VPNPF-ANSWER", strlen("VPNPF-ANSWER"));
}

static char *check_all(struct check *x)
{
	const struct chain *chain;
	char *text = NULL;

	vec_each(chain, &x->rs->chains) {
		text = check_name(chain->name);
		if (text)
			return text;
		if (chain > x->rs->chains.v &&
		    strcmp(chain[-1].name, chain->name) >= 0)
			return mem_printf("%s: twice, or not sorted",
					  chain->name);
	}
	text = check_hooks(x);
	if (text)
		return text;
	vec_each(chain, &x->rs->chains)
		if (!x->needed[chain - x->rs->chains.v] && !is_spare(chain))
			return mem_printf("%s: nobody comes here", chain->name);
	return NULL;
}

char *eval_refusal_ipt(const struct ruleset *rs)
{
	struct check x = {
		.rs = rs,
		.visit = mem_zalloc(rs->chains.n + 1, sizeof(*x.visit)),
		.needed = mem_zalloc(rs->chains.n + 1, sizeof(*x.needed)),
	};
	char *text = rs->sets.n ? mem_printf("sets") : check_all(&x);

	free(x.visit);
	free(x.needed);
	return text;
}
