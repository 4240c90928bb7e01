/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of a server.conf. */
#include "config.h"

#include <string.h>

#include "cli/doctor/doctor.h"
#include "compiler/load/check.h"

static void find_client_to_client(struct doctor *x, const struct instance *in)
{
	const struct ovline *line = doctor_option(x, in, "client-to-client");

	if (line)
		doctor_found(x, in, line->at,
			     "OpenVPN hands packets from client to client itself: the kernel never sees them, so nothing filters them");
}

static void find_shared_interface(struct doctor *x)
{
	const struct conf *conf = &x->compile.load.conf;
	const struct instance *in, *other;
	char text[CHECK_TEXT];

	vec_each(in, &conf->instances) {
		other = check_shares_with(conf, in);
		if (other)
			doctor_found(x, in, in->at, "%s",
				     check_shares_text(other, in, text));
	}
}

static void find_networks_overlap(struct doctor *x)
{
	static const unsigned int families[] = { FAMILY_IP4, FAMILY_IP6 };
	const struct conf *conf = &x->compile.load.conf;
	const struct instance *in, *other;
	char text[ADDR_TEXT];
	struct addr at;
	size_t i;

	vec_each(in, &conf->instances)
		for (other = conf->instances.v; other < in; other++)
			for (i = 0; i < 2; i++)
				if (check_overlap(other, in, families[i], &at))
					doctor_found(x, in, in->at,
						     CHECK_OVERLAP, other->name,
						     in->name,
						     addr_format(families[i],
								 &at, text));
}

static void find_duplicate_cn(struct doctor *x, const struct instance *in)
{
	const struct ovline *line = doctor_option(x, in, "duplicate-cn");

	if (line)
		doctor_found(x, in, line->at,
			     "whoever has a copy of a client's key is that client at the same time");
}

static void find_username(struct doctor *x, const struct instance *in)
{
	const struct ovline *line = doctor_option(x, in,
						   "username-as-common-name");

	if (line)
		doctor_found(x, in, line->at,
			     "the policy is that of the name which a user types, not that of the certificate");
}

static void find_no_certificate(struct doctor *x, const struct instance *in)
{
	const struct ovline *line = doctor_option(x, in,
						   "verify-client-cert");

	if (line && line->n > 1 && strcmp(line->word[1].text, "require") != 0 &&
	    !doctor_option(x, in, "username-as-common-name"))
		doctor_found(x, in, line->at,
			     "clients without a certificate all have the name UNDEF");
}

static void find_management_pf(struct doctor *x, const struct instance *in)
{
	const struct ovline *line = doctor_option(x, in,
						   "management-client-pf");

	if (line && !line->lenient)
		doctor_found(x, in, line->at,
			     "OpenVPN 2.6 does not start with this line");
}

static void find_no_topology(struct doctor *x, const struct instance *in)
{
	if (in->no_topology_at.src)
		doctor_found(x, in, in->no_topology_at, "%s",
			     check_no_topology_text(in));
}

/* Options that OpenVPN refuses from this version on, though they were valid
 * before: tests/openvpn/asked.sh asks the program. */
static const struct removed {
	const char *version, *name;
	const char *instead;	/* NULL: nothing is needed */
} removed_options[] = {
	{ "2.5", "client-cert-not-required", "verify-client-cert none" },
	{ "2.5", "compat-names", NULL },
	{ "2.5", "ifconfig-pool-linear", "topology p2p" },
	{ "2.6", "inetd", NULL },
	{ "2.5", "key-method", NULL },
	{ "2.6", "keysize", NULL },
	{ "2.4", "mtu-dynamic", "fragment" },
	{ "2.6", "ncp-disable", NULL },
	{ "2.5", "no-iv", NULL },
	{ "2.5", "no-name-remapping", NULL },
	{ "2.7", "no-replay", NULL },
	{ "2.7", "opt-verify", NULL },
	{ "2.4", "tls-remote", "verify-x509-name" },
};

static void find_removed_option(struct doctor *x, const struct instance *in)
{
	const struct removed *r, *end = removed_options +
		sizeof(removed_options) / sizeof(*removed_options);
	struct doctor_line **l;

	vec_each(l, &x->lines) {
		if ((*l)->in != in || (*l)->line.lenient)
			continue;
		for (r = removed_options; r < end; r++)
			if (!strcmp((*l)->line.word[0].text, r->name))
				doctor_found(x, in, (*l)->line.at,
					     "OpenVPN %s does not start with this line%s%s",
					     r->version,
					     r->instead ? "; write " : "",
					     r->instead ? r->instead : "");
	}
}

const struct doctor_check doctor_conf_checks[] = {
	{ "client-to-client",
	  "remove it, and set sysctl net.ipv4.ip_forward=1",
	  .run_server = find_client_to_client },
	{ "shared-interface", "dev with a number of its own for each",
	  find_shared_interface, NULL },
	{ "networks-overlap", "server with a network of its own for each",
	  find_networks_overlap, NULL },
	{ "duplicate-cn", "remove it: a certificate for each client",
	  .run_server = find_duplicate_cn },
	{ "username-as-common-name",
	  "let auth-user-pass-verify refuse names that are not the certificate's, or remove it",
	  .run_server = find_username },
	{ "no-client-certificate",
	  "verify-client-cert require, or username-as-common-name",
	  .run_server = find_no_certificate },
	{ "management-client-pf", "remove it: see vpnpf-migration(7)",
	  .run_server = find_management_pf },
	{ "no-topology",
	  "topology subnet, or what it is, in server.conf or vpnpf.conf",
	  .run_server = find_no_topology },
	{ "removed-option",
	  "remove the line, or write what replaces it",
	  .run_server = find_removed_option },
	{ NULL, NULL, NULL, NULL },
};
