/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/small_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lib/bind_text.h"

void small_client(struct small *s, const char *name, const char *text)
{
	const struct pffile_options opt = { 0 };
	struct diag silent = { 0 };
	struct client *c = policy_add_client(&s->policy, str_of(name));

	if (!text)
		return;
	c->file = source_text(&s->sources, name, text, strlen(text));
	assert_int_equal(pffile_parse(c->file, &opt, &c->pf, &silent), 0);
	c->state = CLIENT_OPEN;
}

void small_vpn(struct small *s, const char *dev, bool tap)
{
	policy_add_vpn(&s->policy, str_of(dev), str_of(dev), tap, NULL);
}

void small_dev(struct small *s, const char *name)
{
	policy_add_dev(&s->policy.vpns.v[s->policy.vpns.n - 1], str_of(name));
}

void small_address_at(struct small *s, const char *name, const char *addr,
		      const char *server)
{
	int i = policy_index(&s->policy, str_of(name));

	assert_true(i >= 0);
	assert_int_equal(bind_text(&s->policy, addr, (unsigned int)i,
				   BINDING_CCD, str_of(server)), 0);
}

void small_address(struct small *s, const char *name, const char *addr)
{
	small_address_at(s, name, addr, s->policy.vpns.n ?
			 s->policy.vpns.v[0].server : "office");
}

void small_resolve(struct small *s)
{
	struct diag silent = { 0 };

	policy_resolve(&s->policy, &silent);
}

void small_end(struct small *s)
{
	ruleset_fini(&s->rs);
	policy_fini(&s->policy);
	sources_fini(&s->sources);
}

void small_assert_text(char *text, const char *wanted)
{
	char *copy = mem_printf("%s", text);

	free(text);
	if (strcmp(copy, wanted) != 0)
		fputs(copy, stderr);	/* print_error cuts it */
	assert_string_equal(copy, wanted);
	free(copy);
}
