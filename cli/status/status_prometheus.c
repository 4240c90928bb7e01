/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/status/status.h"

#include <inttypes.h>
#include <stdio.h>

/* In labels a backslash and a quote have a backslash before them. */
static void print_quoted(struct str part)
{
	char *text = status_escaped(part), *p;

	for (p = text; *p; p++) {
		if (*p == '\\' || *p == '"')
			putchar('\\');
		putchar(*p);
	}
	free(text);
}

/*
 * Unprintable bytes as \xHH, as in messages; and a "\x" of the name as \x5cx,
 * so that different clients have different labels.
 */
static void print_label(struct str name)
{
	const char *odd;

	while ((odd = memmem(name.p, name.n, "\\x", 2))) {
		print_quoted((struct str){ name.p, (size_t)(odd - name.p) });
		fputs("\\\\x5c", stdout);
		name = str_from(name, (size_t)(odd - name.p) + 1);
	}
	print_quoted(name);
}

static void print_family(const char *name, const char *type, const char *help)
{
	printf("# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* NAME{client="...",server="..." */
static void print_client(const char *name, const struct status_client *c)
{
	printf("%s{client=\"", name);
	print_label(c->name);
	printf("\",server=\"%s\"", c->servers);
}

static void print_flag(const char *name, const struct status_client *c,
		       bool value)
{
	print_client(name, c);
	printf("} %d\n", value);
}

static void print_flags(const struct status *o)
{
	const struct status_client *c;

	print_family("vpnpf_client_open", "gauge",
		     "Whether the client has a policy in force.");
	vec_each(c, &o->clients)
		print_flag("vpnpf_client_open", c,
			   (c->state == CLIENT_OPEN || c->keeps) && !c->shut);
	print_family("vpnpf_client_connected", "gauge",
		     "Whether the client is connected.");
	vec_each(c, &o->clients)
		print_flag("vpnpf_client_connected", c, c->connected);
}

static void print_counter(const char *name, const struct status_client *c,
			  const char *verdict, uint64_t value)
{
	print_client(name, c);
	printf(",verdict=\"%s\"} %" PRIu64 "\n", verdict, value);
}

static void print_counters(const struct status *o)
{
	static const char packets[] = "vpnpf_client_packets_total";
	static const char bytes[] = "vpnpf_client_bytes_total";
	const struct status_client *c;

	print_family(packets, "counter", "Packets from and to the client.");
	vec_each(c, &o->clients) {
		print_counter(packets, c, "allowed", c->allowed.packets);
		print_counter(packets, c, "denied", c->denied.packets);
	}
	print_family(bytes, "counter", "Bytes of these, with the IP header.");
	vec_each(c, &o->clients) {
		print_counter(bytes, c, "allowed", c->allowed.bytes);
		print_counter(bytes, c, "denied", c->denied.bytes);
	}
}

static void print_findings(const struct in_force *x)
{
	struct finding_kinds kinds = { 0 };
	const struct finding_kind *k;

	findings_count_kinds(&x->kernel, &kinds);
	findings_count_kinds(&x->files, &kinds);
	findings_count_kinds(&x->standing, &kinds);
	print_family("vpnpf_findings", "gauge",
		     "What reconcile would find, by kind.");
	vec_each(k, &kinds.list)
		printf("vpnpf_findings{kind=\"%s\"} %zu\n", k->name, k->n);
	vec_fini(&kinds.list);
}

static void print_rules(const struct in_force *x)
{
	if (x->kind == IN_FORCE_UNKNOWN)
		return;
	print_family("vpnpf_rules_loaded", "gauge",
		     "Whether the kernel has rules of vpnpf.");
	printf("vpnpf_rules_loaded %d\n", x->kind != IN_FORCE_NOTHING);
	print_family("vpnpf_policy_in_force", "gauge",
		     "Whether all that the files say is in force.");
	printf("vpnpf_policy_in_force %d\n", in_force_is_good(x));
	print_findings(x);
	if (!x->loaded_at)
		return;
	print_family("vpnpf_last_apply_timestamp_seconds", "gauge",
		     "When all files were loaded last.");
	printf("vpnpf_last_apply_timestamp_seconds %lld\n", x->loaded_at);
}

static void print_unknown(const struct status *o)
{
	const struct session *s;

	print_family("vpnpf_sessions_unknown", "gauge",
		     "Clients connected with an address that is not bound to them.");
	vec_each(s, &o->asked)
		if (s->source != SESSION_UNKNOWN)
			printf("vpnpf_sessions_unknown{server=\"%s\"} %zu\n",
			       s->in->name, status_count_unknown(o, s));
}

void status_print_prometheus(const struct status *o)
{
	print_family("vpnpf_build_info", "gauge", "The version of vpnpf.");
	printf("vpnpf_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
	print_rules(&o->rules);
	print_unknown(o);
	print_family("vpnpf_clients", "gauge", "Clients that are known.");
	printf("vpnpf_clients %zu\n", o->clients.n);
	print_flags(o);
	if (o->counted)
		print_counters(o);
}
