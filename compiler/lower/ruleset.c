/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/ruleset.h"

#include <string.h>

#include "compiler/base/digest.h"

void ruleset_fini(struct ruleset *rs)
{
	struct set *set;
	char **name;

	vec_each(set, &rs->sets)
		vec_fini(&set->elems);
	vec_each(name, &rs->names)
		free(*name);
	vec_fini(&rs->names);
	vec_fini(&rs->sets);
	vec_fini(&rs->chains);
	vec_fini(&rs->rules);
	vec_fini(&rs->matches);
	free(rs->digests);
	rs->digests = NULL;
}

const char *ruleset_own(struct ruleset *rs, char *text)
{
	vec_push(&rs->names, text);
	return text;
}

struct chain *ruleset_add_chain(struct ruleset *rs, const char *name)
{
	struct chain *chain = vec_add(&rs->chains);

	*chain = (struct chain){
		.name = name,
		.rule = (unsigned int)rs->rules.n,
	};
	return chain;
}

struct rule *ruleset_add_rule(struct ruleset *rs, enum verdict_kind verdict,
			      const char *target, struct loc at)
{
	struct rule *rule = vec_add(&rs->rules);

	*rule = (struct rule){
		.match = (unsigned int)rs->matches.n,
		.verdict = (uint8_t)verdict,
		.target = target,
		.at = at,
	};
	rs->chains.v[rs->chains.n - 1].n_rules++;
	return rule;
}

struct match *ruleset_add_match(struct ruleset *rs, enum match_kind kind)
{
	struct match *match = vec_add(&rs->matches);

	*match = (struct match){ .kind = (uint8_t)kind };
	rs->rules.v[rs->rules.n - 1].n_matches++;
	return match;
}

struct set *ruleset_add_set(struct ruleset *rs, const char *name,
			    enum set_key key, unsigned int family)
{
	struct set *set = vec_add(&rs->sets);

	*set = (struct set){
		.name = name,
		.key = (uint8_t)key,
		.family = (uint8_t)family,
	};
	return set;
}

struct elem *set_add_elem(struct set *set)
{
	struct elem *elem = vec_add(&set->elems);

	*elem = (struct elem){ 0 };
	return elem;
}

unsigned int set_key_size(const struct set *set)
{
	switch ((enum set_key)set->key) {
	case SET_KEY_ADDR:
		return family_bytes(set->family);
	case SET_KEY_PAIR:
		return 2 * family_bytes(set->family);
	case SET_KEY_ADDR_REQID:
		return family_bytes(set->family) + 4;
	case SET_KEY_MAC_ADDR:
		return 6 + family_bytes(set->family);
	case SET_KEY_STATE:
		return 4;
	}
	return 0;
}

static int cmp_keys(const void *pa, const void *pb)
{
	const struct elem *a = pa, *b = pb;

	return memcmp(a->key, b->key, sizeof(a->key));
}

struct elem *set_find_elem(const struct set *set, const struct elem *key)
{
	return set->elems.n ? bsearch(key, set->elems.v, set->elems.n,
				      sizeof(*key), cmp_keys) : NULL;
}

int elem_cmp(const struct elem *a, const struct elem *b)
{
	int r = memcmp(a->key, b->key, sizeof(a->key));

	return r ? r : memcmp(a->end, b->end, sizeof(a->end));
}

static int cmp_elems(const void *a, const void *b)
{
	return elem_cmp(a, b);
}

static int cmp_chains(const void *a, const void *b)
{
	return strcmp(((const struct chain *)a)->name,
		      ((const struct chain *)b)->name);
}

static int cmp_sets(const void *a, const void *b)
{
	return strcmp(((const struct set *)a)->name,
		      ((const struct set *)b)->name);
}

void ruleset_sort(struct ruleset *rs)
{
	struct set *set;

	vec_sort(&rs->chains, cmp_chains);
	vec_sort(&rs->sets, cmp_sets);
	vec_each(set, &rs->sets)
		vec_sort(&set->elems, cmp_elems);
}

struct chain *ruleset_find_chain(const struct ruleset *rs, const char *name)
{
	struct chain key = { .name = name };

	return rs->chains.n ? bsearch(&key, rs->chains.v, rs->chains.n,
				      sizeof(key), cmp_chains) : NULL;
}

struct set *ruleset_find_set(const struct ruleset *rs, const char *name)
{
	struct set key = { .name = name };

	return rs->sets.n ? bsearch(&key, rs->sets.v, rs->sets.n,
				    sizeof(key), cmp_sets) : NULL;
}

static uint64_t digest_text(uint64_t seed, const char *text)
{
	return digest_bytes(seed, text ? text : "", text ? strlen(text) : 0);
}

static uint64_t match_digest(uint64_t h, const struct match *m)
{
	const uint8_t head[] = {
		m->kind, m->family, m->field, m->proto,
		(uint8_t)(m->from >> 8), (uint8_t)m->from,
		(uint8_t)(m->to >> 8), (uint8_t)m->to,
		m->net.family, m->net.len, m->clear,
		(uint8_t)(m->reqid >> 24), (uint8_t)(m->reqid >> 16),
		(uint8_t)(m->reqid >> 8), (uint8_t)m->reqid,
	};

	h = digest_bytes(h, head, sizeof(head));
	h = digest_bytes(h, m->net.addr.b, sizeof(m->net.addr.b));
	h = digest_bytes(h, m->mac, sizeof(m->mac));
	if (m->kind == MATCH_TRACKED)
		h = digest_bytes(h, &m->status, sizeof(m->status));
	if (m->not)
		h = digest_bytes(h, &m->not, sizeof(m->not));
	return digest_text(h, m->name);
}

uint64_t rule_digest(const struct ruleset *rs, const struct rule *rule)
{
	const uint8_t head[] = {
		rule->n_matches, rule->verdict, rule->family, rule->field,
		rule->counter,
	};
	const uint8_t group[] = {
		(uint8_t)(rule->group >> 8), (uint8_t)rule->group,
	};
	uint64_t h = digest_bytes(0, head, sizeof(head));
	unsigned int i;

	for (i = 0; i < rule->n_matches; i++)
		h = match_digest(h, &rs->matches.v[rule->match + i]);
	if (rule->verdict == RULE_LOG)
		h = digest_bytes(h, group, sizeof(group));
	return digest_text(h, rule->target);
}

void ruleset_seal(struct ruleset *rs)
{
	size_t i;

	if (rs->digests || !rs->rules.n)
		return;
	rs->digests = mem_alloc(rs->rules.n * sizeof(*rs->digests));
	for (i = 0; i < rs->rules.n; i++)
		rs->digests[i] = rule_digest(rs, &rs->rules.v[i]);
}

uint64_t ruleset_rule_digest(const struct ruleset *rs, size_t i)
{
	return rs->digests ? rs->digests[i] : rule_digest(rs, &rs->rules.v[i]);
}

static uint64_t chain_digest(const struct ruleset *rs,
			     const struct chain *chain)
{
	uint64_t h = digest_text(1, chain->name), r;
	unsigned int i;

	for (i = 0; i < chain->n_rules; i++) {
		r = ruleset_rule_digest(rs, chain->rule + i);
		h = digest_bytes(h, &r, sizeof(r));
	}
	return h;
}

static uint64_t elem_digest(uint64_t seed, const struct elem *e)
{
	uint64_t h = digest_bytes(seed, e->key, sizeof(e->key));

	h = digest_text(digest_bytes(h, e->end, sizeof(e->end)), e->target);
	return e->comment ? digest_text(h, e->comment) : h;
}

uint64_t ruleset_digest(const struct ruleset *rs)
{
	const struct chain *chain;
	const struct set *set;
	const struct elem *e;
	uint64_t sum = 0, h;

	vec_each(chain, &rs->chains)
		sum += chain_digest(rs, chain);
	vec_each(set, &rs->sets) {
		if (set->key == SET_KEY_STATE)
			continue;
		h = digest_text(2, set->name);
		vec_each(e, &set->elems)
			sum += elem_digest(h, e);
	}
	return sum;
}
