/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_nft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/lib/eval_ruleset.h"
#include "tests/unit/lib/oracle_verdict.h"
#include "tests/unit/lib/world_random.h"

#define WORLDS 400
#define PACKETS 400

static void check_packets(const struct world *w, struct rng *rng,
			  const struct ruleset *rs, unsigned int *accepted)
{
	struct eval_packet k;
	unsigned int i;
	bool got;

	for (i = 0; i < PACKETS; i++) {
		world_packet(w, rng, &k);
		got = eval_route(rs, &k);
		*accepted += got;
		oracle_compare(&w->policy, &k, oracle_nft(&w->policy, &k),
			       got);
	}
}

static void the_ruleset_judges_as_the_policy_does(void **state)
{
	unsigned int i, accepted = 0;
	struct ruleset rs;
	struct world w;
	char *refusal;

	(void)state;
	for (i = 0; i < WORLDS; i++) {
		struct rng rng = { i };

		world_make(&w, &rng);
		/* logging changes no verdict */
		w.policy.log = (struct log_options){
			.on = i % 2, .group = 7, .rate = 10,
		};
		/* nor does asking for flows that are not translated */
		w.policy.nat = i % 3;
		lower_nft(&w.policy, &rs);
		refusal = eval_refusal(&rs);
		if (refusal)
			fail_msg("world %u: %s", i, refusal);
		check_packets(&w, &rng, &rs, &accepted);
		ruleset_fini(&rs);
		world_fini(&w);
	}
	/* neither of the two has fallen asleep */
	assert_in_range(accepted, WORLDS * PACKETS / 10,
			WORLDS * PACKETS * 9 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ruleset_judges_as_the_policy_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
