/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/ask/loaded.h"

#include <string.h>

bool loaded_read(const struct cli *cli, struct loaded *out)
{
	const struct affected everybody = { .all = true };
	struct diag silent = { 0 };

	*out = (struct loaded){ 0 };
	in_force_read(cli, true, &out->rules);
	if (out->rules.kind == IN_FORCE_UNKNOWN ||
	    in_force_is_good(&out->rules))
		return false;
	out->compile.load.conf = out->rules.s.compile.load.conf;
	compile_state(&out->compile, &out->rules.s.state, &everybody, NULL,
		      &silent);
	return true;
}

void loaded_fini(struct loaded *x)
{
	x->compile.load.conf = (struct conf){ 0 };
	compile_fini(&x->compile);
	in_force_fini(&x->rules);
}

bool loaded_is_spoilt(const struct loaded *x)
{
	return x->rules.kind == IN_FORCE_RULES &&
	       findings_count(&x->rules.kernel);
}

const char *loaded_whole(const struct loaded *x, bool *accept)
{
	*accept = x->rules.kind == IN_FORCE_NOTHING;
	if (*accept)
		return "no rules are loaded: everything passes";
	if (x->rules.kind == IN_FORCE_CLOSED)
		return "no client is loaded: nothing passes";
	return NULL;
}

void loaded_note(const struct loaded *x, struct diag *d)
{
	const struct finding *f;

	vec_each(f, &x->rules.files.list) {
		if (strcmp(f->kind, "not-in-force") != 0)
			continue;
		diag_note(d, f->at, "not in force: %s", f->what);
		return;
	}
}
