/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/fake_backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/lower/lower_nft.h"

struct fake_kernel fake_kernel;

static void refuse(const char *what, const char *name)
{
	if (!fake_kernel.refusal)
		fake_kernel.refusal = mem_printf("%s %s", what, name);
}

/*
 * Chains
 */

static int cmp_chains(const void *a, const void *b)
{
	return strcmp(((const struct fake_chain *)a)->name,
		      ((const struct fake_chain *)b)->name);
}

static struct fake_chain *find_chain(const char *name)
{
	struct fake_chain *c;

	vec_each(c, &fake_kernel.chains)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static void clear_rules(struct fake_chain *c)
{
	char **name;

	vec_each(name, &c->chains)
		free(*name);
	vec_each(name, &c->sets)
		free(*name);
	vec_fini(&c->chains);
	vec_fini(&c->sets);
	vec_fini(&c->rules);
}

static void put_match(struct fake_chain *c, const struct match *m)
{
	if (m->kind == MATCH_SET || m->kind == MATCH_PAIR ||
	    m->kind == MATCH_MAC || m->kind == MATCH_REQID ||
	    m->kind == MATCH_ORIGINAL_PAIR ||
	    (m->kind == MATCH_ORIGINAL && m->name))
		vec_push(&c->sets, mem_printf("%s", m->name));
}

static void put_rules(struct fake_chain *c, const struct ruleset *rs,
		      const struct chain *from)
{
	const struct rule *rule = rs->rules.v + from->rule;
	const struct rule *end = rule + from->n_rules;
	unsigned int i;

	for (; rule < end; rule++) {
		vec_push(&c->rules, rule_digest(rs, rule));
		for (i = 0; i < rule->n_matches; i++)
			put_match(c, &rs->matches.v[rule->match + i]);
		if (rule->verdict == RULE_VMAP)
			vec_push(&c->sets, mem_printf("%s", rule->target));
		else if (rule->target && rule->verdict != RULE_LOG)
			vec_push(&c->chains, mem_printf("%s", rule->target));
	}
}

static void add_chain(const struct ruleset *rs, const struct chain *from)
{
	struct fake_chain c = {
		.hook = from->hook, .priority = from->priority,
	};

	if (find_chain(from->name))
		refuse("EEXIST: chain", from->name);
	c.name = mem_printf("%s", from->name);
	put_rules(&c, rs, from);
	vec_push(&fake_kernel.chains, c);
}

static void replace_chain(const struct ruleset *rs, const struct plan_chain *pc)
{
	const struct chain *from = pc->chain;
	struct fake_chain *c = find_chain(from->name);

	if (!c) {
		refuse("ENOENT: chain", from->name);
		return;
	}
	clear_rules(c);
	put_rules(c, rs, from);
}

static void delete_chain(const char *name)
{
	struct fake_chain *c = find_chain(name);

	if (!c) {
		refuse("ENOENT: chain", name);
		return;
	}
	clear_rules(c);
	free(c->name);
	*c = fake_kernel.chains.v[--fake_kernel.chains.n];
}

/*
 * Sets
 */

static int cmp_sets(const void *a, const void *b)
{
	return strcmp(((const struct fake_set *)a)->set.name,
		      ((const struct fake_set *)b)->set.name);
}

static int cmp_elems(const void *a, const void *b)
{
	return elem_cmp(a, b);
}

static struct fake_set *find_set(const char *name)
{
	struct fake_set *s;

	vec_each(s, &fake_kernel.sets)
		if (!strcmp(s->set.name, name))
			return s;
	return NULL;
}

static void free_name(const char *name)
{
	free((char *)(uintptr_t)name);
}

static void free_elem(struct elem *e)
{
	free_name(e->target);
	free_name(e->comment);
}

static void clear_set(struct fake_set *s)
{
	struct elem *e;

	vec_each(e, &s->set.elems)
		free_elem(e);
	vec_fini(&s->set.elems);
	free_name(s->set.name);
}

static void add_set(const struct set *from)
{
	struct fake_set s = { .set = *from };

	if (find_set(from->name))
		refuse("EEXIST: set", from->name);
	s.set.name = mem_printf("%s", from->name);
	memset(&s.set.elems, 0, sizeof(s.set.elems));
	vec_push(&fake_kernel.sets, s);
}

static void delete_set(const char *name)
{
	struct fake_set *s = find_set(name);

	if (!s) {
		refuse("ENOENT: set", name);
		return;
	}
	clear_set(s);
	*s = fake_kernel.sets.v[--fake_kernel.sets.n];
}

/* Have the two a key in common? */
static bool elems_meet(const struct set *set, const struct elem *a,
		       const struct elem *b)
{
	unsigned int n = set_key_size(set), part = n, i;

	if (set->interval)
		part = family_bytes(set->family);
	for (i = 0; i < n; i += part)
		if (memcmp(a->key + i, b->end + i, part) > 0 ||
		    memcmp(b->key + i, a->end + i, part) > 0)
			return false;
	return true;
}

static void add_elem(struct fake_set *s, const struct elem *from)
{
	struct elem *e, copy = *from;

	vec_each(e, &s->set.elems)
		if (elems_meet(&s->set, e, from))
			refuse("EEXIST: element of", s->set.name);
	copy.packets = copy.bytes = 0;
	if (from->target)
		copy.target = mem_printf("%s", from->target);
	copy.comment = mem_copy(from->comment);
	vec_push(&s->set.elems, copy);
}

static void delete_elem(struct fake_set *s, const struct elem *from)
{
	struct elem *e;

	vec_each(e, &s->set.elems) {
		if (elem_cmp(e, from) != 0)
			continue;
		free_elem(e);
		*e = s->set.elems.v[--s->set.elems.n];
		return;
	}
	refuse("ENOENT: element of", s->set.name);
}

/*
 * A plan, in the order of nft_commit.c
 */

static void change_chains(const struct plan *plan)
{
	const struct plan_chain *c;

	vec_each(c, &plan->chains) {
		if (c->change == CHAIN_ADD)
			add_chain(plan->want, c->chain);
		else if (c->change == CHAIN_REPLACE)
			replace_chain(plan->want, c);
	}
}

static void delete_elems(const struct plan_set *ps, bool deferred)
{
	struct fake_set *s = find_set(ps->set->name);
	const struct elem *const *e;

	if (!s && (ps->del.n || ps->deferred.n))
		refuse("ENOENT: set", ps->set->name);
	if (!s)
		return;
	if (deferred)
		vec_each(e, &ps->deferred)
			delete_elem(s, *e);
	else
		vec_each(e, &ps->del)
			delete_elem(s, *e);
}

static void add_elems(const struct plan_set *ps)
{
	struct fake_set *s = find_set(ps->set->name);
	const struct elem *const *e;

	if (!s) {
		refuse("ENOENT: set", ps->set->name);
		return;
	}
	vec_each(e, &ps->add)
		add_elem(s, *e);
}

static void delete_objects(const struct plan *plan)
{
	const struct plan_chain *c;
	const struct plan_set *ps;

	vec_each(ps, &plan->sets)
		if (!ps->set)
			delete_set(ps->old->name);
	vec_each(c, &plan->chains)
		if (c->change == CHAIN_DELETE)
			delete_chain(c->old->name);
}

/* What is named must be there: the kernel deletes nothing that is in use. */
static void check_names(void)
{
	const struct fake_chain *c;
	const struct fake_set *s;
	const struct elem *e;
	char *const *name;

	vec_each(c, &fake_kernel.chains) {
		vec_each(name, &c->chains)
			if (!find_chain(*name))
				refuse("EBUSY: chain", *name);
		vec_each(name, &c->sets)
			if (!find_set(*name))
				refuse("EBUSY: set", *name);
	}
	vec_each(s, &fake_kernel.sets)
		vec_each(e, &s->set.elems)
			if (e->target && !find_chain(e->target))
				refuse("EBUSY: chain", e->target);
}

static void sort_kernel(void)
{
	struct fake_set *s;

	vec_sort(&fake_kernel.chains, cmp_chains);
	vec_sort(&fake_kernel.sets, cmp_sets);
	vec_each(s, &fake_kernel.sets)
		vec_sort(&s->set.elems, cmp_elems);
}

static void take_plan(const struct plan *plan)
{
	const struct plan_set *ps;

	if (plan->rebuild)
		fake_kernel_clear();
	if (plan->create_table == fake_kernel.table)
		refuse(plan->create_table ? "EEXIST" : "ENOENT", "table");
	fake_kernel.table = true;
	vec_each(ps, &plan->sets)
		if (ps->set && !ps->old)
			add_set(ps->set);
	change_chains(plan);
	vec_each(ps, &plan->sets)
		if (ps->set)
			delete_elems(ps, false);
	vec_each(ps, &plan->sets)
		if (ps->set)
			add_elems(ps);
	delete_objects(plan);
	vec_each(ps, &plan->sets)
		if (ps->set)
			delete_elems(ps, true);
	check_names();
	sort_kernel();
}

static int fake_commit(struct backend_handle *h, const struct plan *plan,
		       const char *state, uint32_t *generation,
		       bool quiet_drift, struct diag *d)
{
	int r = fake_kernel.trouble;

	(void)h;
	(void)quiet_drift;
	fake_kernel.trouble = 0;
	if (r)
		return diag_error(d, LOC_NONE, r, "trouble");
	if (fake_kernel.race)
		fake_kernel.generation++;
	fake_kernel.race = false;
	if (*generation != fake_kernel.generation)
		return -ERESTART;
	take_plan(plan);
	fake_kernel.generation += plan_batches(plan);
	fake_kernel.commits++;
	*generation = fake_kernel.generation;
	snprintf(fake_kernel.state, sizeof(fake_kernel.state), "%s", state);
	return 0;
}

/*
 * Questions
 */

static int fake_open(struct backend_handle **out,
		     const struct ipt_options *ipt, struct diag *d)
{
	(void)ipt;
	(void)d;
	*out = (struct backend_handle *)&fake_kernel;
	return 0;
}

static void fake_close(struct backend_handle *h, bool detach)
{
	(void)h;
	(void)detach;
}

static int fake_check(struct backend_handle *h, const char *state,
		      uint32_t *generation, struct diag *d)
{
	(void)d;
	if (h)
		*generation = fake_kernel.generation;
	if (h && (!fake_kernel.table || strcmp(fake_kernel.state, state) != 0))
		return -ENOENT;
	return 0;
}

/* As iptables. */
static int fake_whole_check(struct backend_handle *h, const char *state,
			    uint32_t *generation, struct diag *d)
{
	(void)state;
	(void)d;
	if (h)
		*generation = fake_kernel.generation;
	return h && !fake_kernel.table ? -ENOENT : -ESTALE;
}

/* The names are the kernel's: plans do not outlive it here. */
static void list_chains(struct kernel_ruleset *out)
{
	const struct fake_chain *c;
	struct kernel_chain *oc;
	const uint64_t *digest;

	vec_each(c, &fake_kernel.chains) {
		oc = vec_add(&out->chains);
		*oc = (struct kernel_chain){
			.name = mem_printf("%s", c->name), .hook = c->hook,
			.priority = c->priority,
			.base = c->hook != HOOK_NONE,
		};
		vec_push(&out->names, (char *)(uintptr_t)oc->name);
		vec_each(digest, &c->rules)
			vec_push(&oc->rules,
				 ((struct kernel_rule){ .digest = *digest }));
	}
}

static const char *own(struct kernel_ruleset *out, const char *text)
{
	char *copy = mem_printf("%s", text);

	vec_push(&out->names, copy);
	return copy;
}

static void list_sets(struct kernel_ruleset *out)
{
	const struct fake_set *s;
	struct elem *copy;
	const struct elem *e;
	struct set *os;

	vec_each(s, &fake_kernel.sets) {
		os = vec_add(&out->sets);
		*os = s->set;
		os->name = own(out, s->set.name);
		memset(&os->elems, 0, sizeof(os->elems));
		vec_each(e, &s->set.elems) {
			copy = set_add_elem(os);
			*copy = *e;
			if (e->target)
				copy->target = own(out, e->target);
			if (e->comment)
				copy->comment = own(out, e->comment);
		}
		if (os->key == SET_KEY_STATE && *fake_kernel.state)
			set_add_elem(os)->comment =
				own(out, fake_kernel.state);
	}
}

static int fake_list(struct backend_handle *h, struct kernel_ruleset *out,
		     uint32_t *generation, struct diag *d)
{
	(void)h;
	(void)d;
	fake_kernel.lists++;
	*out = (struct kernel_ruleset){ .table = fake_kernel.table };
	*generation = fake_kernel.generation;
	list_chains(out);
	list_sets(out);
	return 0;
}

static void read_set(struct set *old)
{
	const struct fake_set *s = find_set(old->name);
	const struct elem *found;
	struct elem *e;

	if (!s || !s->set.elems.n)
		return;
	vec_each(e, &old->elems) {
		found = bsearch(e, s->set.elems.v, s->set.elems.n, sizeof(*e),
				cmp_elems);
		if (!found)
			continue;
		e->packets = found->packets;
		e->bytes = found->bytes;
	}
}

/* More than is asked for, which must not matter. */
static int fake_read_counters(struct backend_handle *h, const struct plan *plan,
			      struct kernel_ruleset *old, struct diag *d)
{
	struct kernel_chain *chain;
	struct set *set;

	(void)h;
	(void)plan;
	(void)d;
	vec_each(chain, &old->chains)
		if (!find_chain(chain->name))
			return -ENOENT;
	vec_each(set, &old->sets)
		read_set(set);
	return 0;
}

static bool fake_is_loaded(void)
{
	fake_kernel.loaded_asked++;
	return fake_kernel.chains.n > 0;
}

static int fake_remove(struct backend_handle *h, struct diag *d)
{
	(void)h;
	(void)d;
	fake_kernel_clear();
	return 0;
}

static int fake_print(const struct ruleset *rs, const char *state,
		      const char *const *names, size_t n, FILE *out,
		      struct diag *d)
{
	(void)names;
	(void)d;
	fprintf(out, "%s: %zu chains, %zu sets, %zu names\n", state,
		rs->chains.n, rs->sets.n, n);
	return 0;
}

#define FAKE \
	.name = "fake", .lower = lower_nft, .is_loaded = fake_is_loaded, \
	.open = fake_open, \
	.list = fake_list, .count = counters_count_nft, \
	.owners = owners_read_nft, \
	.read_counters = fake_read_counters, \
	.commit = fake_commit, \
	.remove = fake_remove, .close = fake_close, .print = fake_print

const struct backend fake_backend = {
	FAKE, .lower_affected = lower_nft_affected, .check = fake_check,
};

const struct backend fake_whole_backend = {
	FAKE, .check = fake_whole_check,
};

void fake_kernel_clear(void)
{
	struct fake_chain *c;
	struct fake_set *s;

	vec_each(c, &fake_kernel.chains) {
		clear_rules(c);
		free(c->name);
	}
	vec_each(s, &fake_kernel.sets)
		clear_set(s);
	vec_fini(&fake_kernel.chains);
	vec_fini(&fake_kernel.sets);
	free(fake_kernel.refusal);
	fake_kernel.refusal = NULL;
	fake_kernel.table = false;
	fake_kernel.state[0] = '\0';
	fake_kernel.generation++;
}

/*
 * Compare
 */

static char *chain_differs(const struct ruleset *want, const struct chain *w,
			   const struct fake_chain *c)
{
	unsigned int i;

	if (strcmp(w->name, c->name) != 0)
		return mem_printf("chain %s, wanted %s", c->name, w->name);
	if (w->n_rules != c->rules.n)
		return mem_printf("%s: %zu rules, wanted %u", c->name,
				  c->rules.n, w->n_rules);
	for (i = 0; i < w->n_rules; i++)
		if (rule_digest(want, &want->rules.v[w->rule + i]) !=
		    c->rules.v[i])
			return mem_printf("%s: rule %u differs", c->name, i);
	return NULL;
}

static char *chains_differ(const struct ruleset *want)
{
	char *text = NULL;
	size_t i;

	for (i = 0; i < want->chains.n && i < fake_kernel.chains.n && !text;
	     i++)
		text = chain_differs(want, &want->chains.v[i],
				     &fake_kernel.chains.v[i]);
	if (!text && want->chains.n != fake_kernel.chains.n)
		text = mem_printf("%zu chains, wanted %zu",
				  fake_kernel.chains.n, want->chains.n);
	return text;
}

static char *elem_text(const struct set *set, const struct elem *e)
{
	unsigned int n = set_key_size(set), i;
	char text[160];
	size_t len = 0;

	for (i = 0; i < 2 * n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s%02x", i == n ? "-" : "",
					i < n ? e->key[i] : e->end[i - n]);
	return mem_printf("%s %s%s", text, e->target ? e->target : "",
			  e->comment ? e->comment : "");
}

static bool texts_equal(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static char *set_differs(const struct set *want, const struct set *got)
{
	const struct elem *w, *g;
	char *a, *b, *text;
	size_t i;

	if (strcmp(want->name, got->name) != 0)
		return mem_printf("set %s, wanted %s", got->name, want->name);
	if (want->key == SET_KEY_STATE)
		return NULL;
	for (i = 0; i < want->elems.n && i < got->elems.n; i++) {
		w = &want->elems.v[i];
		g = &got->elems.v[i];
		if (!elem_cmp(w, g) && texts_equal(w->target, g->target) &&
		    texts_equal(w->comment, g->comment))
			continue;
		a = elem_text(want, w);
		b = elem_text(got, g);
		text = mem_printf("%s: %s, wanted %s", want->name, b, a);
		free(a);
		free(b);
		return text;
	}
	if (want->elems.n == got->elems.n)
		return NULL;
	return mem_printf("%s: %zu elements, wanted %zu", want->name,
			  got->elems.n, want->elems.n);
}

char *fake_kernel_differs(const struct ruleset *want, const char *state)
{
	char *text = chains_differ(want);
	size_t i;

	for (i = 0; i < want->sets.n && i < fake_kernel.sets.n && !text; i++)
		text = set_differs(&want->sets.v[i],
				   &fake_kernel.sets.v[i].set);
	if (!text && want->sets.n != fake_kernel.sets.n)
		text = mem_printf("%zu sets, wanted %zu", fake_kernel.sets.n,
				  want->sets.n);
	if (!text && strcmp(state, fake_kernel.state) != 0)
		text = mem_printf("state %s, wanted %s", fake_kernel.state,
				  state);
	return text;
}
