/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owners of addresses, and policies. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/doctor/doctor.h"
#include "cli/server/interfaces.h"
#include "compiler/base/dir.h"
#include "compiler/load/check.h"
#include "compiler/model/shut.h"

static void find_address_in_pool(struct doctor *x)
{
	const struct policy *p = &x->compile.policy;
	const struct instance *in;
	const struct binding *b;
	char text[ADDR_TEXT];

	vec_each(b, &p->bindings) {
		in = check_pool_of(&x->compile.load.conf, b);
		if (in)
			doctor_found_of(x, in, b->at, doctor_owner(x, b),
					"%s lies in the pool: OpenVPN gives it to others while \"%.*s\" is away%s",
					prefix_format(&b->net, text),
					STR_ARG(doctor_owner(x, b)),
					!x->cli->offline &&
					interfaces_dco(in, NULL) ?
					", and with its kernel module it refuses the owner then" :
					"");
	}
}

/* With a fixed IPv4 address OpenVPN 2.5 and 2.6 release the IPv6 address that
 * they have just assigned. */
static void find_no_ip6_push(struct doctor *x, const struct instance *in)
{
	const struct policy *p = &x->compile.policy;
	bool *has_ip6;
	const struct binding *b;

	if (!doctor_option(x, in, "server-ipv6") &&
	    !doctor_option(x, in, "ifconfig-ipv6-pool"))
		return;
	has_ip6 = mem_zalloc(p->clients.n + 1, sizeof(*has_ip6));
	vec_each(b, &p->bindings)
		if (b->source == BINDING_CCD && b->net.family == FAMILY_IP6 &&
		    prefix_is_host(&b->net))
			has_ip6[b->client] = true;
	vec_each(b, &p->bindings)
		if (b->source == BINDING_CCD && b->net.family == FAMILY_IP4 &&
		    prefix_is_host(&b->net) && !has_ip6[b->client] &&
		    str_equal(b->instance, str_of(in->name)))
			doctor_found_of(x, in, b->at, doctor_owner(x, b),
					"OpenVPN gives \"%.*s\" an IPv6 address of the pool, and the next client the same",
					STR_ARG(doctor_owner(x, b)));
	free(has_ip6);
}

/* Two servers claim the address of A and B. */
static void found_claims(struct doctor *x, const struct binding *a,
			 const struct binding *b)
{
	const struct policy *p = &x->compile.policy;
	char *first = policy_claim_text(p, a), *text = policy_claim_text(p, b);
	char net[ADDR_TEXT];

	doctor_found_of(x, NULL, LOC_NONE, doctor_owner(x, b),
			"%s belongs to %s and to %s: %s",
			prefix_format(&b->net, net), first, text,
			policy_doubt_end(b));
	free(first);
	free(text);
}

static void found_two(struct doctor *x, const struct binding *a,
		      const struct binding *b)
{
	const struct policy *p = &x->compile.policy;
	char text[ADDR_TEXT];

	if (b->source != BINDING_LIVE)
		doctor_found_of(x, NULL, b->at, doctor_owner(x, b),
				"%s belongs to \"%.*s\" and to \"%.*s\"",
				prefix_format(&b->net, text),
				STR_ARG(doctor_owner(x, a)),
				STR_ARG(doctor_owner(x, b)));
	else if (shut_counts(p, a->instance) && shut_counts(p, b->instance))
		found_claims(x, a, b);
}

/* ipp.txt is weaker than a ccd file, and a live binding than none. */
static void find_two_owners(struct doctor *x)
{
	const struct policy *p = &x->compile.policy;
	const struct binding *a, *b;

	vec_each(b, &p->bindings)
		for (a = b; a-- > p->bindings.v &&
			    !prefix_cmp(&a->net, &b->net);)
			if (a->client != b->client && a->source == b->source)
				found_two(x, a, b);
}

/* Does C's policy deny some IPv4, but allow all IPv6 without a line? */
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
	vec_each(c, &x->compile.policy.clients)
		if (forgets_ip6(c))
			doctor_found_of(x, in, c->pf.subnets_at, c->name,
					"\"%.*s\" gets an IPv6 address, and this section, which forbids some of IPv4, allows all of IPv6",
					STR_ARG(c->name));
}

/* DEFAULT.pf and default-policy need each other. */
static void find_default(struct doctor *x)
{
	const struct conf *conf = &x->compile.load.conf;
	const struct policy *p = &x->compile.policy;
	int i = policy_index(p, STR("DEFAULT"));
	char *path = dir_join(conf->policy, "DEFAULT.pf");

	if (conf->default_policy && access(path, F_OK))
		doctor_found(x, NULL, LOC_NONE,
			     "there is no \"%s\": default-policy has no effect",
			     path);
	else if (!conf->default_policy && i >= 0 && p->clients.v[i].file)
		doctor_found(x, NULL, (struct loc){ p->clients.v[i].file, 0, 0 },
			     "without default-policy this is the file of a client \"DEFAULT\" only");
	free(path);
}

const struct doctor_check doctor_policy_checks[] = {
	{ "address-in-pool",
	  "an address outside of the pool, or a smaller pool",
	  find_address_in_pool, NULL },
	{ "ccd-without-ip6", "add an ifconfig-ipv6-push to the file",
	  .run_server = find_no_ip6_push },
	{ "two-owners", "give one of them another address", find_two_owners,
	  NULL },
	{ "ip6-pool-without-rules",
	  "lines with IPv6 prefixes, or [SUBNETS DROP] with exceptions",
	  .run_server = find_no_ip6_rules },
	{ "default-policy",
	  "default-policy = yes in vpnpf.conf, with a DEFAULT.pf; or neither",
	  find_default, NULL },
	{ NULL, NULL, NULL, NULL },
};
