/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_ipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/lower/lower_nft.h"
#include "tests/unit/lib/eval_ruleset.h"
#include "tests/unit/lib/oracle_verdict.h"
#include "tests/unit/lib/world_random.h"

#define WORLDS 400
#define PACKETS 400

struct both {
	struct ruleset nft, ipt;
	unsigned int accepted;
};

static void make_both(struct world *w, unsigned int seed, struct both *b)
{
	char *refusal;

	w->policy.ipt.accept = seed % 2;
	w->policy.log = (struct log_options){
		.on = seed % 3, .group = 7, .rate = 10,
	};
	lower_nft(&w->policy, &b->nft);
	lower_ipt(&w->policy, &b->ipt);
	refusal = eval_refusal_ipt(&b->ipt);
	if (refusal)
		fail_msg("world %u: %s", seed, refusal);
}

static void end_both(struct world *w, struct both *b)
{
	ruleset_fini(&b->nft);
	ruleset_fini(&b->ipt);
	world_fini(w);
}

/* What oracle_may_differ leaves out is all that they may do differently. */
static void both_lowerings_judge_alike(void **state)
{
	struct both b = { .accepted = 0 };
	unsigned int i, n, left_out = 0;
	struct eval_packet k;
	struct world w;
	bool ipt, nft;

	(void)state;
	for (i = 0; i < WORLDS; i++) {
		struct rng rng = { i };

		world_make(&w, &rng);
		make_both(&w, i, &b);
		for (n = 0; n < PACKETS; n++) {
			world_packet(&w, &rng, &k);
			ipt = eval_route_ipt(&b.ipt, &k);
			nft = eval_route(&b.nft, &k);
			b.accepted += ipt;
			oracle_compare(&w.policy, &k,
				       oracle_ipt(&w.policy, &k), ipt);
			if (oracle_may_differ(&w.policy, &k))
				left_out++;
			else
				oracle_compare(&w.policy, &k,
					       nft ? ORACLE_ACCEPT
						   : ORACLE_DROP, ipt);
		}
		end_both(&w, &b);
	}
	/* neither of the two has fallen asleep */
	assert_in_range(b.accepted, WORLDS * PACKETS / 10,
			WORLDS * PACKETS * 9 / 10);
	assert_in_range(left_out, 1, WORLDS * PACKETS / 3);
}

static void the_same_policy_is_the_same_ruleset(void **state)
{
	struct ruleset again;
	struct both b = { .accepted = 0 };
	struct world w;
	unsigned int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		struct rng rng = { i };

		world_make(&w, &rng);
		make_both(&w, i, &b);
		lower_ipt(&w.policy, &again);
		assert_true(ruleset_digest(&b.ipt) == ruleset_digest(&again));
		ruleset_fini(&again);
		end_both(&w, &b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_lowerings_judge_alike),
		cmocka_unit_test(the_same_policy_is_the_same_ruleset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
