/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/small_ipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/lower/lower_ipt.h"
#include "tests/unit/lib/eval_ruleset.h"
#include "tests/unit/lib/ruleset_text.h"

void small_ipt(struct small *s)
{
	char *refusal;

	small_resolve(s);
	lower_ipt(&s->policy, &s->rs);
	refusal = eval_refusal_ipt(&s->rs);
	if (refusal)
		fail_msg("%s", refusal);
}

void small_assert_chain(const struct small *s, const char *name,
			const char *wanted)
{
	size_t n = strcspn(name, " ");
	const struct chain *chain;

	vec_each(chain, &s->rs.chains) {
		if (strncmp(chain->name, name, n) != 0)
			continue;
		small_assert_text(ruleset_text_chain(&s->rs, chain->name),
				  wanted);
		return;
	}
	fail_msg("no chain %s", name);
}
