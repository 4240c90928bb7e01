/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in force: the findings of in_force.h. */
#include "config.h"

#include <string.h>

#include "cli/doctor/doctor.h"

/* False if the kernel cannot have any, or cannot be asked. About files that
 * were never loaded from here, in_force asks nobody. */
static bool has_no_rules(struct doctor *x)
{
	struct diag silent = { 0 };
	struct cli_handle h;
	bool none = x->rules.kind == IN_FORCE_NOTHING;

	if (cli_open_backend(x->cli, &x->compile.load.conf, &h, &silent))
		return false;
	if (x->rules.kind == IN_FORCE_UNKNOWN)
		none = !h.backend->is_loaded();
	h.backend->close(h.handle, false);
	return none;
}

static void find_no_rules(struct doctor *x)
{
	if (has_no_rules(x))
		doctor_found(x, NULL, LOC_NONE,
			     "no rules are loaded: everything from and to the VPN passes");
	else if (x->rules.kind == IN_FORCE_CLOSED)
		doctor_found(x, NULL, LOC_NONE,
			     "no client is loaded: everything from and to the VPN is dropped");
}

static void take(struct doctor *x, const struct findings *from)
{
	const struct finding *f;

	vec_each(f, &from->list)
		if (!f->minor)
			doctor_found(x, NULL, f->at, "%s", f->what);
}

static void find_differences(struct doctor *x)
{
	if (x->rules.kind == IN_FORCE_RULES)
		take(x, &x->rules.kernel);
}

static void find_not_in_force(struct doctor *x)
{
	take(x, &x->rules.files);
}

/* Those of the check's name. */
static void find_standing(struct doctor *x)
{
	const struct finding *f;

	vec_each(f, &x->rules.standing.list)
		if (!strcmp(f->kind, x->check->name))
			doctor_found(x, NULL, f->at, "%s", f->what);
}

const struct doctor_check doctor_in_force_checks[] = {
	{ "not-loaded",
	  "vpnpf apply, and before the server starts: Starting in vpnpf(8)",
	  find_no_rules, NULL },
	{ "rules-differ", "vpnpf reconcile", find_differences, NULL },
	{ "not-in-force", "correct what is wrong, and vpnpf apply",
	  find_not_in_force, NULL },
	{ "server-bad", "correct it, and vpnpf apply", find_standing, NULL },
	{ "bad-file", "correct it, and vpnpf apply", find_standing, NULL },
	{ "files-missing", "put the files back, or vpnpf apply --force",
	  find_standing, NULL },
	{ NULL, NULL, NULL, NULL },
};
