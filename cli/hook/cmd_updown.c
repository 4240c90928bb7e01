/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks of IKE daemons: strongSwan's updown, with all values in the
 * environment, and racoon's scripts phase1_up, phase1_down and phase1_dead.
 * Their input comes from the network. The daemons ignore the exit status: what
 * is not opened here stays closed.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "cli/hook/hook.h"
#include "compiler/base/name.h"
#include "compiler/base/scan.h"

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static uint32_t read_reqid(const struct cli_ike *ike)
{
	unsigned int reqid;

	return ike->reqid && scan_decimal(str_of(ike->reqid), UINT32_MAX,
					  &reqid) ? reqid : 0;
}

/* With a user the identity is not authenticated, even if the user has no name.
 * NULL: not known. */
static const char *find_name(const struct cli_ike *ike, struct str *out)
{
	const char *id = ike->user ? ike->user : ike->id;

	*out = str_of(id ? id : "");
	if (!ike->user && name_of_identity(*out, out))
		return "has not exactly one CN to be known by";
	if (str_equal(*out, STR("<KEY-ID>")))	/* racoon: an id without text */
		return "does not say who the client is";
	return name_is_possible(*out) ? NULL : "cannot be a client's name";
}

static char *read_name(struct cli *cli, const struct cli_ike *ike)
{
	const char *id = ike->user ? ike->user : ike->id, *wrong;
	struct str name;

	/* what it calls the user is not all that the user has written */
	if (ike->libreswan)
		wrong = "is told by libreswan, which is not supported: the client is nobody";
	else
		wrong = find_name(ike, &name);
	if (!wrong)
		return mem_dup(name.p, name.n);
	diag_error(&cli->diag, LOC_NONE, 0, "\"%s\" %s", id ? id : "", wrong);
	return mem_dup(NAME_NOBODY, strlen(NAME_NOBODY));
}

/* Does the tunnel end at an address of the section? */
static bool ends_here(const struct hook_call *h, const struct cli_ike *ike)
{
	struct prefix end;

	return !ike->local || (!prefix_parse(str_of(ike->local), &end) &&
			       ipsec_ends_at(h->instance->ipsec, &end));
}

/* Does the tunnel use an xfrm interface where the section has them, and none
 * elsewhere?  racoon knows of none. */
static bool uses_interface(const struct hook_call *h, const struct cli_ike *ike)
{
	bool wants = h->instance->ipsec->xfrm.n;

	return !ike->verb || (wants == (ike->if_in != NULL) &&
			      wants == (ike->if_out != NULL));
}

static void say_interface(struct hook_call *h, const struct cli_ike *ike)
{
	struct diag *d = &h->sync.cli->diag;

	if (h->instance->ipsec->xfrm.n)
		diag_error(d, LOC_NONE, 0, "the tunnel of %s has no xfrm interface in both directions: it is closed",
			   ike->addr);
	else
		diag_error(d, LOC_NONE, 0, "the tunnel of %s has an xfrm interface: it is closed",
			   ike->addr);
	diag_note(d, h->instance->at, "xfrm of \"%s\" says which it may use",
		  h->instance->name);
}

static void say_end(struct hook_call *h, const struct cli_ike *ike)
{
	struct diag *d = &h->sync.cli->diag;
	const struct loc *at;

	diag_error(d, LOC_NONE, 0, "the tunnel of %s ends at %s: it is closed",
		   ike->addr, ike->local);
	vec_each(at, &h->instance->ipsec->ends_at)
		diag_note(d, *at, "tunnels of \"%s\" end here",
			  h->instance->name);
}

/* The rules take no packets of such a tunnel, and its client is nobody. */
static void close_wrong(struct hook_call *h, const struct cli_ike *ike, bool up)
{
	bool ends = ends_here(h, ike);

	if (ends && uses_interface(h, ike))
		return;
	h->name = STR(NAME_NOBODY);
	if (!up)
		return;
	if (ends)
		say_interface(h, ike);
	else
		say_end(h, ike);
}

static int run_event(struct cli *cli, const struct cli_ike *ike,
		     int (*fn)(struct hook_call *h, const struct endpoint *addr,
			       uint32_t reqid))
{
	char *name = read_name(cli, ike);
	struct endpoint addr;
	struct hook_call h;
	int r;

	r = hook_open(cli, name, &h);
	if (!r)
		r = hook_find_section(&h, ike->addr ? ike->addr : "", &addr);
	if (!r)
		close_wrong(&h, ike, fn == hook_up);
	if (!r)
		r = fn(&h, &addr, read_reqid(ike));
	r = hook_close(&h, r);
	free(name);
	return r;
}

static int run_strongswan(struct cli *cli)
{
	const struct cli_ike *ike = &cli->env.strongswan;

	if (begins(ike->verb, "up-"))
		return run_event(cli, ike, hook_up);
	if (begins(ike->verb, "down-"))
		return run_event(cli, ike, hook_down);
	return diag_error(&cli->diag, LOC_NONE, -EINVAL,
			  "PLUTO_VERB is \"%s\", which is neither up nor down",
			  ike->verb);
}

/* A phase 1 without an address does not concern us. After "dead" there will be
 * a "down", too, which must not count twice. */
static int run_racoon(struct cli *cli, const char *event)
{
	const struct cli_ike *ike = &cli->env.racoon;

	if (!ike->addr || !ike->addr[0] || !strcmp(event, "phase1_dead"))
		return 0;
	return run_event(cli, ike,
			 !strcmp(event, "phase1_up") ? hook_up : hook_down);
}

static bool is_racoon(const char *event)
{
	return !strcmp(event, "phase1_up") || !strcmp(event, "phase1_down") ||
	       !strcmp(event, "phase1_dead");
}

static int run_reset(struct cli *cli)
{
	struct hook_call h;
	int r = hook_open(cli, "", &h);

	if (!r)
		r = hook_reset(&h);
	return hook_close(&h, r);
}

static int run(struct cli *cli, int argc, char **argv)
{
	int r;

	if (argc == 2 && is_racoon(argv[1]))
		r = run_racoon(cli, argv[1]);
	else if (argc == 2 && !strcmp(argv[1], "reset"))
		r = run_reset(cli);
	else if (argc == 1 && cli->env.strongswan.verb)
		r = run_strongswan(cli);
	else
		return cli_usage(cli, &cmd_updown);
	return r ? CLI_WRONG : CLI_OK;
}

const struct command cmd_updown = {
	.name = "updown",
	.args = "[phase1_up|phase1_down|phase1_dead|reset]",
	.help = "hook of strongSwan and racoon: clients of tunnels",
	.run = run,
	.hook = true,
};
