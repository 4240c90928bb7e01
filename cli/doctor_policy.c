/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has which address, what policies say, and who may write that. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "compiler/check.h"
#include "compiler/folder.h"

static struct str owner_name(const struct policy *p, const struct binding *b)
{
	return p->clients.v[b->client].name;
}

static void find_address_in_pool(struct doctor *x)
{
	const struct policy *p = &x->world.policy;
	const struct instance *in;
	const struct binding *b;
	char text[ADDR_TEXT];

	vec_each(b, &p->bindings) {
		in = check_pool_of(&x->world.load.conf, b);
		if (in)
			doctor_found(x, in, b->at,
				     "%s lies in the pool: OpenVPN gives it to others while \"%.*s\" is away",
				     prefix_format(&b->net, text),
				     STR_ARG(owner_name(p, b)));
	}
}

/* ipp.txt is weaker than a ccd file, and live is always true. */
static void find_two_owners(struct doctor *x)
{
	const struct policy *p = &x->world.policy;
	const struct binding *a, *b;
	char text[ADDR_TEXT];

	vec_each(b, &p->bindings)
		for (a = b; a-- > p->bindings.v &&
			    !prefix_cmp(&a->net, &b->net);)
			if (a->client != b->client && a->source == b->source)
				doctor_found(x, NULL, b->at,
					     "%s belongs to \"%.*s\" and to \"%.*s\"",
					     prefix_format(&b->net, text),
					     STR_ARG(owner_name(p, a)),
					     STR_ARG(owner_name(p, b)));
}

/* Forbids some of IPv4, and lets pass all of IPv6 without a word? */
static bool forgets_ip6(const struct client *c)
{
	const struct pf_subnet *net;
	bool forbids = false;

	if (c->state != CLIENT_OPEN || !c->pf.subnets_accept)
		return false;
	vec_each(net, &c->pf.subnets) {
		if (net->net.family == FAMILY_IP6)
			return false;
		forbids |= !net->accept;
	}
	return forbids;
}

static void find_no_ip6_rules(struct doctor *x, const struct instance *in)
{
	const struct client *c;

	if (!doctor_option(x, in, "server-ipv6") &&
	    !doctor_option(x, in, "ifconfig-ipv6-pool"))
		return;
	vec_each(c, &x->world.policy.clients)
		if (forgets_ip6(c))
			doctor_found(x, in, c->pf.subnets_at,
				     "\"%.*s\" gets an IPv6 address, and this section, which forbids some of IPv4, allows all of IPv6",
				     STR_ARG(c->name));
}

/* Why others than root and we can write it, or NULL.  LOOSE: for whatever
 * user the server runs as. */
static const char *who_writes(const struct stat *st, bool loose)
{
	if (st->st_mode & S_IWOTH)
		return "can be written by anybody";
	if (loose)
		return NULL;
	if (st->st_mode & S_IWGRP && st->st_gid)
		return "can be written by a group";
	return st->st_uid && st->st_uid != geteuid() ? "is not root's" : NULL;
}

static void check_writers(struct doctor *x, const char *path, bool loose)
{
	const char *why;
	struct stat st;

	if (!path || stat(path, &st))
		return;
	why = who_writes(&st, loose);
	if (why)
		doctor_found(x, NULL, LOC_NONE, "\"%s\" %s", path, why);
}

/* A folder and what is in it, of which a few are named. */
static void check_folder(struct doctor *x, const char *path)
{
	struct folder folder;
	const char *why;
	unsigned int n = 0;
	struct stat st;
	char **name;

	check_writers(x, path, false);
	if (!path || folder_read(path, &folder))
		return;
	vec_each(name, &folder.names) {
		if (fstatat(folder.fd, *name, &st, 0))
			continue;
		why = who_writes(&st, false);
		if (why && n++ < DIAG_BUDGET)
			doctor_found(x, NULL, LOC_NONE, "\"%s/%s\" %s", path,
				     *name, why);
	}
	if (n > DIAG_BUDGET)
		doctor_found(x, NULL, LOC_NONE, "and %u more files in \"%s\"",
			     n - DIAG_BUDGET, path);
	folder_fini(&folder);
}

/* What the server runs: the program that the line begins with. */
static void check_programs(struct doctor *x)
{
	static const char *const options[] = {
		"client-connect", "client-disconnect", "learn-address",
		"plugin", "up",
	};
	struct doctor_line **l;
	char *program;
	size_t i;

	vec_each(l, &x->lines) {
		const struct optline *line = &(*l)->line;

		for (i = 0; line->n > 1 && i < sizeof(options) /
		     sizeof(*options); i++) {
			if (strcmp(line->word[0].text, options[i]) != 0)
				continue;
			program = mem_dup(line->word[1].text,
					  strcspn(line->word[1].text, " "));
			check_writers(x, program, false);
			free(program);
		}
	}
}

static void find_writers(struct doctor *x)
{
	const struct load *l = &x->world.load;
	const struct conf *conf = &l->conf;
	const struct instance *in;
	char **test;

	/* vpnpf.conf, or the only server.conf; without both any file */
	if (l->sources.list.n)
		check_writers(x, l->sources.list.v[0]->name, false);
	check_writers(x, conf->groups, false);
	check_writers(x, conf->state_dir, false);
	check_folder(x, conf->policy);
	check_programs(x);
	vec_each(test, &conf->tests)
		check_writers(x, *test, false);
	vec_each(in, &conf->instances) {
		if (in->at.src)
			check_writers(x, in->config, false);
		check_writers(x, in->ipp, true);
		check_folder(x, in->ccd);
	}
}

const struct doctor_check doctor_policy_checks[] = {
	{ "address-in-pool",
	  "an address outside of ifconfig-pool, or a smaller pool",
	  find_address_in_pool, NULL },
	{ "two-owners", "give one of them another address", find_two_owners,
	  NULL },
	{ "ip6-pool-without-rules",
	  "lines with IPv6 prefixes, or [SUBNETS DROP] with exceptions",
	  .run_server = find_no_ip6_rules },
	{ "writable-by-others", "chown root, chmod go-w", find_writers, NULL },
	{ NULL, NULL, NULL, NULL },
};
