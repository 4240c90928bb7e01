/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_ipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/lower/lower_ipt_name.h"
#include "compiler/lower/lower_nft.h"
#include "compiler/lower/lower_share.h"
#include "tests/unit/lib/eval_ruleset.h"
#include "tests/unit/lib/oracle_verdict.h"
#include "tests/unit/lib/world_random.h"

#define WORLDS 400
#define PACKETS 400

static void make_rules(struct world *w, unsigned int seed, struct ruleset *rs)
{
	char *refusal;

	w->policy.ipt.accept = seed % 2;
	w->policy.ipt.table = seed % RULE_TABLES;
	w->policy.nat = seed % 5 == 0;
	w->policy.log = (struct log_options){
		.on = seed % 3, .group = 7, .rate = 10,
	};
	lower_ipt(&w->policy, rs);
	refusal = eval_refusal_ipt(rs);
	if (refusal)
		fail_msg("world %u: %s", seed, refusal);
}

static void packets_are_judged_as_by_the_oracle(void **state)
{
	unsigned int i, n, accepted = 0;
	struct eval_packet k;
	struct ruleset rs;
	struct world w;
	bool pass;

	(void)state;
	for (i = 0; i < WORLDS; i++) {
		struct rng rng = { i };

		world_make(&w, &rng);
		make_rules(&w, i, &rs);
		for (n = 0; n < PACKETS; n++) {
			world_packet(&w, &rng, &k);
			pass = eval_route_ipt(&rs, &k);
			accepted += pass;
			oracle_compare(&w.policy, &k,
				       oracle_ipt(&w.policy, &k), pass);
		}
		ruleset_fini(&rs);
		world_fini(&w);
	}
	/* it has not fallen asleep */
	assert_in_range(accepted, WORLDS * PACKETS / 10,
			WORLDS * PACKETS * 9 / 10);
}

/* All packets of a world: those that were left out, and those that pass. */
static void compare_world(const struct world *w, struct rng *rng,
			  const struct ruleset *ipt, const struct ruleset *nft,
			  unsigned int *left_out, unsigned int *accepted)
{
	struct eval_packet k;
	unsigned int n;
	bool pass;

	for (n = 0; n < PACKETS; n++) {
		world_packet(w, rng, &k);
		if (oracle_may_differ(&w->policy, &k)) {
			++*left_out;
			continue;
		}
		pass = eval_route_ipt(ipt, &k);
		*accepted += pass;
		oracle_compare(&w->policy, &k,
			       eval_route(nft, &k) ? ORACLE_ACCEPT
						   : ORACLE_DROP, pass);
	}
}

/* What oracle_may_differ leaves out is all that they may do differently. */
static void both_lowerings_judge_alike(void **state)
{
	unsigned int i, left_out = 0, accepted = 0;
	struct ruleset ipt, nft;
	struct world w;

	(void)state;
	for (i = 0; i < WORLDS; i++) {
		struct rng rng = { i };

		world_make(&w, &rng);
		w.policy.nat = i % 2;
		w.policy.ipt.table = TABLE_MANGLE;
		lower_ipt(&w.policy, &ipt);
		lower_nft(&w.policy, &nft);
		compare_world(&w, &rng, &ipt, &nft, &left_out, &accepted);
		ruleset_fini(&ipt);
		ruleset_fini(&nft);
		world_fini(&w);
	}
	/* neither of the two has fallen asleep */
	assert_in_range(accepted, WORLDS * PACKETS / 10,
			WORLDS * PACKETS * 9 / 10);
	assert_in_range(left_out, 1, WORLDS * PACKETS / 3);
}

static void the_same_policy_is_the_same_ruleset(void **state)
{
	struct ruleset rs, again;
	struct world w;
	unsigned int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		struct rng rng = { i };

		world_make(&w, &rng);
		make_rules(&w, i, &rs);
		lower_ipt(&w.policy, &again);
		assert_true(ruleset_digest(&rs) == ruleset_digest(&again));
		ruleset_fini(&again);
		ruleset_fini(&rs);
		world_fini(&w);
	}
}

static void each_policy_has_the_name_of_what_it_says(void **state)
{
	const struct client *c;
	struct ruleset rs;
	struct world w;
	unsigned int i;
	char *name;

	(void)state;
	for (i = 0; i < WORLDS; i++) {
		world_make(&w, &(struct rng){ i });
		make_rules(&w, i, &rs);
		vec_each(c, &w.policy.clients) {
			if (c->state != CLIENT_OPEN)
				continue;
			name = lower_policy_name(&w.policy, &c->pf);
			assert_string_equal(c->policy_chain, name);
			free(name);
		}
		ruleset_fini(&rs);
		world_fini(&w);
	}
}

static void assert_knows(const char *stem, unsigned int chain)
{
	char name[64];
	const char *id;

	snprintf(name, sizeof(name), "ip6/%s%s", stem,
		 stem[3] == '-' ? "rest" : "");
	assert_int_equal(lower_ipt_chain_of(name, &id), chain);
	assert_string_equal(id, stem[3] == '-' ? "rest" : "");
}

static void every_name_tells_its_use(void **state)
{
	const struct lower_ipt_stem *s;
	unsigned int i;
	const char *id;

	(void)state;
	for (i = 0; i < LOWER_IPT_CHAINS; i++) {
		s = &lower_ipt_stems[i];
		assert_knows(s->name, i);
		if (s->node)
			assert_knows(s->node, i);
		if (s->old)
			assert_knows(s->old, i);
	}
	assert_int_equal(lower_ipt_chain_of("ip/VPw-rest", &id),
			 CHAIN_IPT_OTHER);
	assert_int_equal(lower_ipt_chain_of("ip/FORWARD", &id),
			 CHAIN_IPT_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_judged_as_by_the_oracle),
		cmocka_unit_test(both_lowerings_judge_alike),
		cmocka_unit_test(the_same_policy_is_the_same_ruleset),
		cmocka_unit_test(each_policy_has_the_name_of_what_it_says),
		cmocka_unit_test(every_name_tells_its_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
