/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/status/status.h"

#include <stdio.h>
#include <time.h>

#include "cli/server/interfaces.h"

static void print_loaded(const struct in_force *x)
{
	time_t when = (time_t)x->loaded_at;
	char text[32] = "";
	struct tm tm;

	if (when && localtime_r(&when, &tm) &&
	    !strftime(text, sizeof(text), " %Y-%m-%d %H:%M", &tm))
		text[0] = '\0';
	printf("loaded%s, %s", text, x->backend);
	if (x->chains)
		printf(", %zu chains, %zu clients", x->chains, x->clients);
}

/* The headline after "rules: ", without the end of the line. */
static void print_headline(const struct in_force *x, bool color)
{
	const char *bad = diag_color(color, COLOR_BAD);
	const char *none = diag_color(color, COLOR_NONE);

	switch (x->kind) {
	case IN_FORCE_UNKNOWN:
		printf("not known: %s", x->why);
		break;
	case IN_FORCE_NOTHING:
		printf("%sNOT LOADED: EVERYTHING PASSES%s", bad, none);
		break;
	case IN_FORCE_CLOSED:
		printf("%sCLOSED: nothing passes%s, %s", bad, none, x->backend);
		break;
	case IN_FORCE_RULES:
		print_loaded(x);
		break;
	}
}

void status_print_rules(const struct in_force *x, const struct cli *cli)
{
	if (cli->quiet &&
	    (x->kind == IN_FORCE_UNKNOWN || in_force_is_good(x)))
		return;
	fputs("rules: ", stdout);
	print_headline(x, cli->color);
	putchar('\n');
	if (x->kind == IN_FORCE_RULES && findings_count(&x->kernel)) {
		printf("%sthe kernel has something else than what was loaded%s: run vpnpf reconcile\n",
		       diag_color(cli->color, COLOR_BAD),
		       diag_color(cli->color, COLOR_NONE));
		findings_print(&x->kernel, "kernel", cli->verbose);
	}
	findings_print(&x->files, "on disk, not in force", cli->verbose);
	findings_print(&x->standing, "stands", cli->verbose);
}

static void print_unnamed(void *unused, const char *name)
{
	(void)unused;
	printf("%s: an interface of a VPN that no section names, not filtered\n",
	       name);
}

void status_print_interfaces(const struct status *o)
{
	const struct session *s;

	vec_each(s, &o->asked)
		if (s->source != SESSION_UNKNOWN && !interfaces_have(&o->compile, s->in))
			printf("%s: there is no such interface, but \"%s\" runs\n",
			       s->in->dev, s->in->name);
	interfaces_find_unnamed(&o->compile.load.conf, print_unnamed, NULL);
}
