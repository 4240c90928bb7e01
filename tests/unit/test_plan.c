/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/*
 * A ruleset from words: "chain:rule rule" with rules a (accept), d (drop),
 * r (return); "set=key key", "map=key>chain"; "set~key" is an interval set,
 * "set*key" one of pairs, "set!" the state.
 */

static void add_rules(struct ruleset *rs, const char *p)
{
	for (; *p; p++)
		ruleset_add_rule(rs, *p == 'a' ? RULE_ACCEPT : *p == 'd'
				 ? RULE_DROP : RULE_RETURN, NULL, LOC_NONE);
}

static void add_elems(struct ruleset *rs, struct set *set, char *p)
{
	struct elem *e;
	char *word, *rest, *target;

	for (word = strtok_r(p, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		target = strchr(word, '>');
		if (target) {
			*target++ = '\0';
			set->map = true;
		}
		e = set_add_elem(set);
		e->key[0] = e->end[0] = (uint8_t)atoi(word);
		if (target)
			e->target = ruleset_own(rs, mem_printf("%s", target));
	}
}

static void add_part(struct ruleset *rs, const char *part)
{
	size_t n = strcspn(part, ":=~*!");
	const char *name = ruleset_own(rs, mem_dup(part, n));
	char kind = part[n];
	char *rest = mem_printf("%s", part + n + 1);
	struct chain *chain;
	struct set *set;

	if (kind == ':') {
		chain = ruleset_add_chain(rs, name);
		if (*name == 'H')
			chain->hook = HOOK_PREROUTING;
		add_rules(rs, rest);
	} else {
		set = ruleset_add_set(rs, name, kind == '!' ? SET_KEY_STATE :
				      kind == '*' ? SET_KEY_PAIR
						  : SET_KEY_ADDR, FAMILY_IP4);
		set->interval = kind == '~';
		add_elems(rs, set, rest);
	}
	free(rest);
}

/* PARTS ends with NULL. */
static void make(struct ruleset *rs, const char *const *parts)
{
	*rs = (struct ruleset){ 0 };
	for (; *parts; parts++)
		add_part(rs, *parts);
	ruleset_sort(rs);
}

static bool is_even(void *arg, const struct set *set, const struct elem *elem)
{
	(void)arg;
	(void)set;
	return !(elem->key[0] % 2);
}

static void print_elems(const char *what, const struct elem *const *e,
			size_t n, FILE *out)
{
	size_t i;

	for (i = 0; i < n; i++)
		fprintf(out, " %s%u%s%s", what, e[i]->key[0],
			e[i]->target ? ">" : "",
			e[i]->target ? e[i]->target : "");
}

static void print_plan(const struct plan *plan, FILE *out)
{
	static const char signs[] = { '+', '=', '-' };
	const struct plan_chain *c;
	const struct plan_set *s;

	if (plan->rebuild)
		fputs("rebuild ", out);
	if (plan->create_table)
		fputs("table ", out);
	vec_each(c, &plan->chains)
		fprintf(out, "%c%s ", signs[c->change],
			c->chain ? c->chain->name : c->old->name);
	vec_each(s, &plan->sets) {
		fprintf(out, "%s%s", s->set ? s->old ? "" : "+" : "-",
			s->set ? s->set->name : s->old->name);
		print_elems("-", s->del.v, s->del.n, out);
		print_elems("+", s->add.v, s->add.n, out);
		print_elems("~", s->deferred.v, s->deferred.n, out);
		fputs("; ", out);
	}
	fprintf(out, "%u", plan_batches(plan));
}

#define PARTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* TEXT: the plan that makes AFTER of BEFORE (NULL: there is no table). */
static void assert_plan(const char *const *before, const char *const *after,
			const char *text)
{
	struct ruleset from = { 0 }, to;
	struct kernel_ruleset old = { 0 };
	struct plan plan;
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	if (before) {
		make(&from, before);
		kernel_ruleset_of(&from, &old);
	}
	make(&to, after);
	plan_make(&to, &old, &plan);
	assert_int_equal(plan_is_empty(&plan), !strcmp(text, "1"));
	plan_defer_deletes(&plan, is_even, NULL);
	print_plan(&plan, out);
	fclose(out);
	assert_string_equal(got, text);
	free(got);
	plan_fini(&plan);
	kernel_ruleset_fini(&old);
	ruleset_fini(&from);
	ruleset_fini(&to);
}

static void equal_rulesets_need_nothing(void **state)
{
	(void)state;
	assert_plan(PARTS(NULL), PARTS(NULL), "1");
	assert_plan(PARTS("a:ad", "b:", "s=1 2", "m=1>a"),
		    PARTS("b:", "m=1>a", "s=2 1", "a:ad"), "1");
}

static void without_a_table_all_is_made(void **state)
{
	(void)state;
	assert_plan(NULL, PARTS(NULL), "table 1");
	assert_plan(NULL, PARTS("b:a", "a:", "s=1", "e="),
		    "table +a +b +e; +s +1; 1");
}

static void chains_are_added_replaced_and_deleted(void **state)
{
	(void)state;
	assert_plan(PARTS("a:a", "c:d", "e:r"), PARTS("b:a", "c:dd", "e:r"),
		    "-a +b =c 1");
	assert_plan(PARTS("c:ad"), PARTS("c:da"), "=c 1");
	assert_plan(PARTS("c:ad"), PARTS("c:a"), "=c 1");
	assert_plan(PARTS("c:ad"), PARTS("c:"), "=c 1");
	assert_plan(PARTS("a:", "b:"), PARTS("b:"), "-a 1");
	assert_plan(PARTS("a:", "b:"), PARTS("a:", "c:"), "-b +c 1");
}

static void elements_are_added_and_deleted(void **state)
{
	(void)state;
	assert_plan(PARTS("s=1 2 4"), PARTS("s=2 3 5"), "s -1 -4 +3 +5; 1");
	assert_plan(PARTS("s=1"), PARTS("s="), "s -1; 1");
	assert_plan(PARTS("s="), PARTS("s=0 255"), "s +0 +255; 1");
}

static void sets_are_created_and_deleted(void **state)
{
	(void)state;
	assert_plan(PARTS("a=1", "b=1"), PARTS("b=1", "c=2"),
		    "-a; +c +2; 1");
	assert_plan(PARTS("a=1"), PARTS("b="), "-a; +b; 1");
}

static void another_target_is_another_element(void **state)
{
	(void)state;
	assert_plan(PARTS("m=1>a 2>b"), PARTS("m=1>b 2>b"), "m -1>a +1>b; 1");
	/* of a set that became a map nothing can be kept */
	assert_plan(PARTS("m=1"), PARTS("m=1>a"), "rebuild table +m +1>a; 1");
}

static void the_state_element_is_the_backends(void **state)
{
	(void)state;
	assert_plan(PARTS("s!1"), PARTS("s!2"), "1");
	assert_plan(PARTS("s!1"), PARTS("s!"), "1");
	assert_plan(PARTS("a:"), PARTS("a:", "s!1"), "+s; 1");
}

static void a_new_interval_set_needs_a_batch_before(void **state)
{
	(void)state;
	assert_plan(PARTS("a:"), PARTS("a:", "n~1"), "+n +1; 2");
	assert_plan(PARTS("a:"), PARTS("a:", "n~"), "+n; 1");
	assert_plan(PARTS("n~1"), PARTS("n~1 2"), "n +2; 1");
	assert_plan(NULL, PARTS("n~1"), "table +n +1; 2");
	assert_plan(PARTS("n~1"), PARTS("a:"), "+a -n; 1");
}

static void a_new_chain_of_an_old_map_needs_a_batch_before(void **state)
{
	(void)state;
	assert_plan(PARTS("a:a", "m=1>a"), PARTS("a:a", "b:a", "m=1>a 2>b"),
		    "+b m +2>b; 2");
	assert_plan(PARTS("a:a", "m=1>a"), PARTS("a:a", "m=1>a 2>a"),
		    "m +2>a; 1");
	assert_plan(PARTS("a:a", "m=1>a"), PARTS("a:a", "b:a", "m=1>a"),
		    "+b 1");
}

static void a_hash_map_is_deleted_after_the_rules(void **state)
{
	(void)state;
	assert_plan(PARTS("a:a", "m=1>a"), PARTS("a:a", "n=1>a"),
		    "-m; +n +1>a; 2");
	/* nothing in its place: it is dropped anyway */
	assert_plan(PARTS("a:a", "m=1>a"), PARTS("a:a"), "-m; 1");
	assert_plan(PARTS("a:a", "m~1>a"), PARTS("a:a", "n=1>a"),
		    "-m; +n +1>a; 1");
	/* a base chain goes before the map that it uses */
	assert_plan(PARTS("H:a", "a:a", "m=1>a"), PARTS("a:a", "n=1>a"),
		    "-H -m; +n +1>a; 3");
	assert_plan(PARTS("H:a", "a:a", "m=1>a"), PARTS("a:a", "m=1>a"),
		    "-H 1");
}

/* is_even: those with an even key */
static void pairs_that_hold_are_deleted_after_the_rules(void **state)
{
	(void)state;
	assert_plan(PARTS("a:a", "s*1 2 3"), PARTS("a:d", "s*3"),
		    "=a s -1 ~2; 2");
	/* a packet may be in the chain of a client's old policy */
	assert_plan(PARTS("a:a", "s*1 2 3"), PARTS("a:a", "s*3"),
		    "s -1 ~2; 2");
	/* other sets do not hold verdicts */
	assert_plan(PARTS("a:a", "s=1 2 3"), PARTS("a:d", "s=3"),
		    "=a s -1 -2; 1");
	assert_plan(PARTS("a:a", "s*2"), PARTS("a:d", "n~1", "s*"),
		    "=a +n +1; s ~2; 3");
}

static void a_rule_of_unknown_digest_is_replaced(void **state)
{
	struct kernel_ruleset old;
	struct ruleset rs;
	struct plan plan;

	(void)state;
	make(&rs, PARTS("a:ad"));
	kernel_ruleset_of(&rs, &old);
	assert_true(old.table);
	assert_false(old.chains.v[0].base);
	old.chains.v[0].rules.v[1].digest = 0;
	plan_make(&rs, &old, &plan);
	assert_int_equal(plan.chains.n, 1);
	assert_int_equal(plan.chains.v[0].change, CHAIN_REPLACE);
	assert_ptr_equal(plan.chains.v[0].old, &old.chains.v[0]);
	assert_ptr_equal(plan.chains.v[0].chain, &rs.chains.v[0]);
	plan_fini(&plan);
	kernel_ruleset_fini(&old);
	ruleset_fini(&rs);
}

/* "chain hook priority damaged" of the old side -> is all made anew? */
static bool is_rebuilt(enum hook hook, int priority, bool damaged)
{
	struct kernel_ruleset old;
	struct ruleset rs;
	struct plan plan;
	bool rebuilt;

	make(&rs, PARTS("a:ad", "s=1"));
	rs.chains.v[0].hook = HOOK_PREROUTING;
	rs.chains.v[0].priority = -10;
	kernel_ruleset_of(&rs, &old);
	old.chains.v[0].hook = hook;
	old.chains.v[0].priority = priority;
	old.damaged = damaged;
	plan_make(&rs, &old, &plan);
	rebuilt = plan.rebuild;
	assert_int_equal(plan.create_table, rebuilt);
	assert_int_equal(plan.chains.n, rebuilt);
	assert_int_equal(plan.sets.n, rebuilt);
	plan_fini(&plan);
	kernel_ruleset_fini(&old);
	ruleset_fini(&rs);
	return rebuilt;
}

static void what_cannot_be_changed_is_made_anew(void **state)
{
	(void)state;
	assert_false(is_rebuilt(HOOK_PREROUTING, -10, false));
	assert_true(is_rebuilt(HOOK_PREROUTING, -10, true));
	assert_true(is_rebuilt(HOOK_PREROUTING, 5, false));
	assert_true(is_rebuilt(HOOK_POSTROUTING, -10, false));
	assert_true(is_rebuilt(HOOK_NONE, -10, false));
	/* sets of another kind; in one batch, or all would pass meanwhile */
	assert_plan(PARTS("a:a", "s*1"), PARTS("a:a", "s=1"),
		    "rebuild table +a +s +1; 1");
	assert_plan(PARTS("a:a", "s=1"), PARTS("a:a", "s~1"),
		    "rebuild table +a +s +1; 1");
}

static enum plan_steps steps_of(const char *const *before,
				const char *const *after, bool whole)
{
	struct kernel_ruleset old = { 0 };
	struct ruleset from = { 0 }, to;
	enum plan_steps steps;
	struct plan plan;

	if (before) {
		make(&from, before);
		kernel_ruleset_of(&from, &old);
	}
	old.whole = whole;
	make(&to, after);
	plan_make(&to, &old, &plan);
	steps = plan.steps;
	plan_fini(&plan);
	kernel_ruleset_fini(&old);
	ruleset_fini(&from);
	ruleset_fini(&to);
	return steps;
}

static void steps_are_only_for_what_is_shut(void **state)
{
	(void)state;
	assert_int_equal(steps_of(NULL, PARTS("s=1"), true), STEPS_IF_NEEDED);
	assert_int_equal(steps_of(PARTS("s=1", "t!1"), PARTS("s=1 2", "t!1"),
				  true), STEPS_NEVER);
	/* closed before, closed afterwards, damaged */
	assert_int_equal(steps_of(PARTS("s=", "t!1"), PARTS("s=1", "t!1"),
				  true), STEPS_IF_NEEDED);
	assert_int_equal(steps_of(PARTS("s=1", "t!1"), PARTS("s=", "t!1"),
				  true), STEPS_IF_NEEDED);
	assert_int_equal(steps_of(PARTS("s=1"), PARTS("s~1"), true),
			 STEPS_IF_NEEDED);
	/* the elements of some clients */
	assert_int_equal(steps_of(PARTS("s="), PARTS("s=1"), false),
			 STEPS_NEVER);
	assert_int_equal(steps_of(PARTS("s=1"), PARTS("s="), false),
			 STEPS_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_rulesets_need_nothing),
		cmocka_unit_test(without_a_table_all_is_made),
		cmocka_unit_test(chains_are_added_replaced_and_deleted),
		cmocka_unit_test(elements_are_added_and_deleted),
		cmocka_unit_test(sets_are_created_and_deleted),
		cmocka_unit_test(another_target_is_another_element),
		cmocka_unit_test(the_state_element_is_the_backends),
		cmocka_unit_test(a_new_interval_set_needs_a_batch_before),
		cmocka_unit_test(a_new_chain_of_an_old_map_needs_a_batch_before),
		cmocka_unit_test(a_hash_map_is_deleted_after_the_rules),
		cmocka_unit_test(pairs_that_hold_are_deleted_after_the_rules),
		cmocka_unit_test(a_rule_of_unknown_digest_is_replaced),
		cmocka_unit_test(what_cannot_be_changed_is_made_anew),
		cmocka_unit_test(steps_are_only_for_what_is_shut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
