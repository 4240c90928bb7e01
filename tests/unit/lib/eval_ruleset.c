/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/eval_ruleset.h"

#include <string.h>

#define STACK_MAX 16	/* NFT_JUMP_STACK_SIZE */

/* Where to go on when a chain returns. */
struct frame {
	const struct ruleset *rs;
	const struct chain *chain;
	unsigned int rule;
};

static bool name_fits(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);

	if (n && pattern[n - 1] == '*')
		return *name && !strncmp(pattern, name, n - 1);
	return !strcmp(pattern, name);
}

static const struct addr *end_of(const struct eval_packet *p,
				 unsigned int field)
{
	return field == FIELD_SADDR ? &p->saddr : &p->daddr;
}

/* Is KEY, PARTS addresses, in [from, to], each part for itself? */
static bool is_between(const uint8_t *key, const uint8_t *from,
		       const uint8_t *to, unsigned int part, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i += part)
		if (memcmp(key + i, from + i, part) < 0 ||
		    memcmp(key + i, to + i, part) > 0)
			return false;
	return true;
}

static const struct elem *find_elem(const struct set *set, const uint8_t *key)
{
	unsigned int n = set_key_size(set);
	size_t low = 0, high = set->elems.n, mid;
	const struct elem *e;
	int r;

	if (set->interval) {
		vec_each(e, &set->elems)
			if (is_between(key, e->key, e->end,
				       family_bytes(set->family), n))
				return e;
		return NULL;
	}
	while (low < high) {
		mid = (low + high) / 2;
		r = memcmp(key, set->elems.v[mid].key, n);
		if (!r)
			return &set->elems.v[mid];
		if (r < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static const struct elem *look_up(const struct ruleset *rs, const char *name,
				  const void *key, const struct eval_packet *p)
{
	struct eval_commit *commit = p->commit;
	const struct set *set;

	if (commit) {
		rs = commit->sets[!commit->left];
		commit->left -= commit->left != 0;
	}
	set = ruleset_find_set(rs, name);
	return set ? find_elem(set, key) : NULL;
}

static bool match_pair(const struct ruleset *rs, const struct match *m,
		       const struct eval_packet *p)
{
	unsigned int n = family_bytes(m->family);
	uint8_t key[32] = { 0 };

	memcpy(key, p->saddr.b, n);
	memcpy(key + n, p->daddr.b, n);
	return p->family == m->family && look_up(rs, m->name, key, p);
}

/* "ether saddr . ip saddr != @set": true only of frames with such fields */
static bool match_mac(const struct ruleset *rs, const struct match *m,
		      const struct eval_packet *p)
{
	uint8_t key[32] = { 0 };

	memcpy(key, p->ether, 6);
	memcpy(key + 6, p->saddr.b, family_bytes(m->family));
	return p->has_ether && p->family == m->family &&
	       !look_up(rs, m->name, key, p);
}

static bool match_port(const struct match *m, const struct eval_packet *p)
{
	uint16_t port = m->field == FIELD_SADDR ? p->sport : p->dport;

	return p->proto == m->proto && p->has_ports && port >= m->from &&
	       port <= m->to;
}

static bool match_ipsec(const struct match *m, const struct eval_packet *p)
{
	const struct eval_ipsec *s = m->field == FIELD_SADDR ? &p->in : &p->out;

	if (m->clear || !s->there)
		return m->clear && !s->there;
	if (m->net.len && (s->end_family != m->net.family ||
			   !prefix_contains(&m->net, &s->end)))
		return false;
	return !m->reqid || s->reqid == m->reqid;
}

/* "ip saddr . ipsec in reqid != @set": true only of packets of a policy */
static bool match_reqid(const struct ruleset *rs, const struct match *m,
			const struct eval_packet *p)
{
	const struct eval_ipsec *s = m->field == FIELD_SADDR ? &p->in : &p->out;
	unsigned int n = family_bytes(m->family), i;
	uint8_t key[32] = { 0 };

	memcpy(key, end_of(p, m->field)->b, n);
	for (i = 0; i < 4; i++)
		key[n + i] = (uint8_t)(s->reqid >> (24 - 8 * i));
	return s->there && p->family == m->family &&
	       !look_up(rs, m->name, key, p);
}

static bool match_original(const struct ruleset *rs, const struct match *m,
			   const struct eval_packet *p)
{
	const struct addr *a = &p->original[m->field];

	if (p->family != m->family || p->translation == TRANSLATION_ANY)
		return false;
	return m->name ? look_up(rs, m->name, a->b, p) != NULL
		       : prefix_contains(&m->net, a);
}

static bool match_original_pair(const struct ruleset *rs,
				const struct match *m,
				const struct eval_packet *p)
{
	struct eval_packet first = *p;

	first.saddr = p->original[FIELD_SADDR];
	first.daddr = p->original[FIELD_DADDR];
	return p->translation != TRANSLATION_ANY && match_pair(rs, m, &first);
}

static bool match_fits(const struct ruleset *rs, const struct match *m,
		       const struct eval_packet *p)
{
	switch ((enum match_kind)m->kind) {
	case MATCH_IIFNAME:
		return name_fits(m->name, p->iif) != m->not;
	case MATCH_OIFNAME:
		return name_fits(m->name, p->oif) != m->not;
	case MATCH_SDIFNAME:
		break;		/* in no hook of these */
	case MATCH_FAMILY:
		return p->family == m->family;
	case MATCH_ADDR:
		return p->family == m->family &&
		       prefix_contains(&m->net, end_of(p, m->field));
	case MATCH_SET:
		return p->family == m->family &&
		       look_up(rs, m->name, end_of(p, m->field)->b, p);
	case MATCH_PAIR:
		return match_pair(rs, m, p);
	case MATCH_MAC:
		return match_mac(rs, m, p);
	case MATCH_PROTO:
		return p->proto == m->proto;
	case MATCH_PORT:
		return match_port(m, p);
	case MATCH_COMMENT:
	case MATCH_LIMIT:
		return true;
	case MATCH_IPSEC:
		return match_ipsec(m, p);
	case MATCH_REQID:
		return match_reqid(rs, m, p);
	case MATCH_TRACKED:
		return m->status && p->translation == m->status &&
		       p->answer == (m->field == FIELD_DADDR) &&
		       !m->net.len;
	case MATCH_LOCAL:
		return !*p->iif;
	case MATCH_ORIGINAL:
		return match_original(rs, m, p);
	case MATCH_ORIGINAL_PAIR:
		return match_original_pair(rs, m, p);
	case MATCH_ETHER:
		return p->has_ether && !memcmp(m->mac, p->ether, 6);
	}
	return false;
}

static bool rule_fits(const struct ruleset *rs, const struct rule *rule,
		      const struct eval_packet *p)
{
	unsigned int i;

	for (i = 0; i < rule->n_matches; i++)
		if (!match_fits(rs, &rs->matches.v[rule->match + i], p))
			return false;
	return true;
}

struct walk {
	const struct ruleset *rs, *more;
	const struct eval_packet *packet;
	struct frame at, stack[STACK_MAX];
	unsigned int depth;
	bool done, accept;
};

/* Back to who has jumped here; without one the base chain's policy holds. */
static void leave(struct walk *w)
{
	if (w->depth) {
		w->at = w->stack[--w->depth];
		return;
	}
	w->done = true;
	w->accept = true;
}

static void go_to(struct walk *w, const char *target)
{
	const struct chain *chain = ruleset_find_chain(w->rs, target);

	w->at = (struct frame){ w->rs, chain, 0 };
	/* NULL: a chain without rules, before or after its time */
	if (!chain && w->more)
		w->at = (struct frame){ w->more,
			ruleset_find_chain(w->more, target), 0 };
}

static void jump_to(struct walk *w, const char *target)
{
	if (w->depth == STACK_MAX) {	/* the kernel warns, and drops */
		w->done = true;
		return;
	}
	w->stack[w->depth++] = w->at;
	go_to(w, target);
}

static void look_in_map(struct walk *w, const struct rule *rule)
{
	const struct eval_packet *p = w->packet;
	const struct elem *e;

	if (p->family != rule->family)
		return;
	e = look_up(w->at.rs, rule->target, end_of(p, rule->field)->b, p);
	if (e)
		jump_to(w, e->target);
}

static void obey(struct walk *w, const struct rule *rule)
{
	switch ((enum verdict_kind)rule->verdict) {
	case RULE_ACCEPT:
	case RULE_DROP:
		w->done = true;
		w->accept = rule->verdict == RULE_ACCEPT;
		break;
	case RULE_RETURN:
		leave(w);
		break;
	case RULE_JUMP:
		jump_to(w, rule->target);
		break;
	case RULE_GOTO:
		go_to(w, rule->target);
		break;
	case RULE_VMAP:
		look_in_map(w, rule);
		break;
	case RULE_LOG:
		break;
	}
}

static bool walk_base(const struct ruleset *rs, const struct ruleset *more,
		      const struct chain *base, const struct eval_packet *p)
{
	struct walk w = { rs, more, p, .at = { rs, base, 0 } };
	const struct rule *rule;

	while (!w.done) {
		if (!w.at.chain || w.at.rule == w.at.chain->n_rules) {
			leave(&w);
			continue;
		}
		rule = &w.at.rs->rules.v[w.at.chain->rule + w.at.rule++];
		if (rule_fits(w.at.rs, rule, p))
			obey(&w, rule);
	}
	return w.accept;
}

bool eval_hook(const struct ruleset *rs, enum hook hook,
	       const struct eval_packet *p)
{
	const struct eval_commit *commit = p->commit;
	const struct ruleset *more = NULL;
	const struct chain *chain;

	if (commit) {
		rs = commit->rules[!commit->left];
		more = commit->more[!commit->left];
	}
	/* all must accept, so their order does not show */
	vec_each(chain, &rs->chains)
		if (chain->hook == hook && !walk_base(rs, more, chain, p))
			return false;
	return true;
}

bool eval_route(const struct ruleset *rs, const struct eval_packet *p)
{
	struct eval_packet in = *p, out = *p;

	in.oif = "";
	in.out.there = false;
	out.has_ether = false;	/* its own link's header is not made yet */
	return (!*p->iif || eval_hook(rs, HOOK_PREROUTING, &in)) &&
	       (!*p->oif || eval_hook(rs, HOOK_POSTROUTING, &out));
}

static bool eval_hook_ipt(const struct ruleset *rs, enum hook hook,
			  const struct eval_packet *p)
{
	static const char *const families[] = { "ip/", "ip6/" };
	const char *family = families[p->family];
	const struct chain *chain;

	vec_each(chain, &rs->chains)
		if (chain->hook == hook &&
		    !strncmp(chain->name, family, strlen(family)))
			return walk_base(rs, NULL, chain, p);
	return true;
}

bool eval_route_ipt(const struct ruleset *rs, const struct eval_packet *p)
{
	struct eval_packet in = *p, out = *p;

	if (!*p->iif && !*p->oif)
		return true;	/* it meets no hook */
	if (rs->table != TABLE_MANGLE)
		return eval_hook_ipt(rs, !*p->iif ? HOOK_OUTPUT :
				     !*p->oif ? HOOK_INPUT : HOOK_FORWARD, p);
	in.oif = "";
	in.out.there = false;
	out.has_ether = false;
	out.in.there = false;
	return (!*p->iif || eval_hook_ipt(rs, HOOK_PREROUTING, &in)) &&
	       (!*p->oif || eval_hook_ipt(rs, HOOK_POSTROUTING, &out));
}

static char *check_set(const struct ruleset *rs, const char *name,
		       enum set_key key, unsigned int family, bool map)
{
	const struct set *set = ruleset_find_set(rs, name);

	if (!set)
		return mem_printf("there is no set %s", name);
	if (set->key != key || set->family != family || set->map != map)
		return mem_printf("set %s is of another type", name);
	return NULL;
}

static char *check_match(const struct ruleset *rs, const struct match *m)
{
	switch ((enum match_kind)m->kind) {
	case MATCH_SET:
		return check_set(rs, m->name, SET_KEY_ADDR, m->family, false);
	case MATCH_PAIR:
	case MATCH_ORIGINAL_PAIR:
		return check_set(rs, m->name, SET_KEY_PAIR, m->family, false);
	case MATCH_ORIGINAL:
		return !m->name ? NULL : check_set(rs, m->name, SET_KEY_ADDR,
						   m->family, false);
	case MATCH_MAC:
		return check_set(rs, m->name, SET_KEY_MAC_ADDR, m->family,
				 false);
	case MATCH_PORT:
	case MATCH_PROTO:
		return m->proto ? NULL : mem_printf("a match of protocol 0");
	case MATCH_IIFNAME:
	case MATCH_OIFNAME:
	case MATCH_SDIFNAME:
		return m->name ? NULL : mem_printf("a match of no name");
	case MATCH_ADDR:
		return m->family == m->net.family && m->net.len ? NULL
			: mem_printf("a match of an odd prefix");
	case MATCH_REQID:
		return check_set(rs, m->name, SET_KEY_ADDR_REQID, m->family,
				 false);
	case MATCH_FAMILY:
	case MATCH_IPSEC:
	case MATCH_ETHER:
	case MATCH_LIMIT:
	case MATCH_COMMENT:
	case MATCH_TRACKED:
	case MATCH_LOCAL:
		return NULL;
	}
	return mem_printf("an unknown match");
}

static char *check_chain(const struct ruleset *rs, const struct chain *chain,
			 unsigned int depth);

static char *check_target(const struct ruleset *rs, const char *target,
			  unsigned int depth)
{
	const struct chain *chain = ruleset_find_chain(rs, target);

	if (!chain)
		return mem_printf("there is no chain %s", target);
	if (chain->hook != HOOK_NONE)
		return mem_printf("a jump to base chain %s", target);
	return check_chain(rs, chain, depth);
}

static char *check_map(const struct ruleset *rs, const struct rule *rule,
		       unsigned int depth)
{
	char *text = check_set(rs, rule->target, SET_KEY_ADDR, rule->family,
			       true);
	const struct set *map = ruleset_find_set(rs, rule->target);
	const struct elem *e;

	if (text)
		return text;
	vec_each(e, &map->elems) {
		text = check_target(rs, e->target, depth + 1);
		if (text)
			break;
	}
	return text;
}

static char *check_rule(const struct ruleset *rs, const struct rule *rule,
			unsigned int depth)
{
	char *text = NULL;
	unsigned int i;

	for (i = 0; i < rule->n_matches && !text; i++)
		text = check_match(rs, &rs->matches.v[rule->match + i]);
	if (text)
		return text;
	if (rule->verdict == RULE_VMAP)
		return check_map(rs, rule, depth);
	if (rule->verdict == RULE_JUMP || rule->verdict == RULE_GOTO)
		return check_target(rs, rule->target, depth + 1);
	return NULL;
}

static char *check_chain(const struct ruleset *rs, const struct chain *chain,
			 unsigned int depth)
{
	char *text = NULL;
	unsigned int i;

	if (depth >= STACK_MAX)
		return mem_printf("jumps too deep at %s", chain->name);
	for (i = 0; i < chain->n_rules && !text; i++)
		text = check_rule(rs, &rs->rules.v[chain->rule + i], depth);
	return text;
}

/* Have two elements a key in common?  In each of their parts, that is. */
static bool elems_meet(const struct set *set, const struct elem *a,
		       const struct elem *b)
{
	unsigned int part = family_bytes(set->family), i;

	if (!set->interval)
		return !memcmp(a->key, b->key, set_key_size(set));
	for (i = 0; i < set_key_size(set); i += part)
		if (memcmp(a->key + i, b->end + i, part) > 0 ||
		    memcmp(b->key + i, a->end + i, part) > 0)
			return false;
	return true;
}

static char *check_elems(const struct set *set)
{
	const struct elem *a, *b;

	vec_each(a, &set->elems) {
		if (!set->map != !a->target)
			return mem_printf("%s: a wrong target", set->name);
		if (!set->interval && memcmp(a->key, a->end, sizeof(a->key)))
			return mem_printf("%s: an interval", set->name);
		for (b = set->elems.v; b < a; b++)
			if (elems_meet(set, a, b))
				return mem_printf("%s: elements overlap",
						  set->name);
	}
	return NULL;
}

char *eval_refusal(const struct ruleset *rs)
{
	const struct chain *chain;
	const struct set *set;
	char *text = NULL;

	vec_each(set, &rs->sets) {
		text = check_elems(set);
		if (text)
			return text;
	}
	vec_each(chain, &rs->chains) {
		text = check_chain(rs, chain, 0);
		if (text)
			return text;
	}
	return NULL;
}
