/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "cli/batch.h"
#include "cli/explain.h"
#include "compiler/scan.h"

static bool is_in_pool(const struct instance *in, const struct prefix *addr)
{
	if (in->ipsec)
		return ipsec_holds(in->ipsec, addr);
	return in->has_pool && addr->family == FAMILY_IP4 &&
	       memcmp(addr->addr.b, in->pool_first.b, 4) >= 0 &&
	       memcmp(addr->addr.b, in->pool_last.b, 4) <= 0;
}

static const char *find_pool(const struct conf *conf,
			     const struct prefix *addr)
{
	const struct instance *in;

	vec_each(in, &conf->instances)
		if (is_in_pool(in, addr))
			return in->name;
	return NULL;
}

/* A client's name comes first, even if it looks like an address. */
static void find_end(struct question *q, const char *arg, struct end *out)
{
	struct str text = str_of(arg);

	*out = (struct end){ .arg = arg };
	if (!policy_find(q->p, text) && !prefix_parse(text, &out->addr) &&
	    prefix_is_host(&out->addr)) {
		out->has_addr = true;
		out->binding = policy_owner(q->p, out->addr.family,
					    &out->addr.addr);
		if (out->binding)
			out->client = &q->p->clients.v[out->binding->client];
		else
			out->pool = find_pool(&q->l->conf, &out->addr);
		return;
	}
	out->client = who_find(&q->who, text, &out->spare);
}

static const struct proto_name {
	struct str name;
	enum pf_proto proto;
	bool has_port;
} proto_names[] = {
	{ STR("tcp"), PF_PROTO_TCP, true },
	{ STR("udp"), PF_PROTO_UDP, true },
	{ STR("sctp"), PF_PROTO_SCTP, true },
	{ STR("icmp"), PF_PROTO_ICMP, false },
	{ STR("other"), PF_PROTO_ANY, false },
};

/* "tcp/22", "icmp" */
static int parse_service(struct question *q, const char *arg)
{
	const char *slash = strchr(arg, '/');
	struct str name = str_of(arg), port = { 0 };
	const struct proto_name *row = proto_names;
	unsigned int number = 0;

	if (slash) {
		name.n = (size_t)(slash - arg);
		port = str_of(slash + 1);
	}
	while (!scan_equal_nocase(row->name, name))
		if (++row == proto_names + sizeof(proto_names) / sizeof(*row))
			return diag_error(&q->cli->diag, LOC_NONE, -EINVAL,
					  "protocol \"%.*s\" is none of tcp, udp, sctp, icmp, other",
					  STR_ARG(name));
	if (slash && (!row->has_port || !scan_decimal(port, 65535, &number)))
		return diag_error(&q->cli->diag, LOC_NONE, -EINVAL,
				  "\"%s\" is no port of %.*s", slash + 1,
				  STR_ARG(name));
	q->service = (struct service_key){
		.known = true, .proto = row->proto, .has_port = slash,
		.port = (uint16_t)number,
	};
	return 0;
}

/* False: no client has to do with it. */
static bool decide(const struct question *q, struct answer *out)
{
	static const struct verdict_index no_index;
	const struct client *src = q->src.client, *dst = q->dst.client;
	const struct end *far = src ? &q->dst : &q->src;

	*out = (struct answer){ 0 };
	if (src && dst) {
		out->n = 2;
		out->accept = verdict_pair(&no_index, src, dst, &out->side[0],
					   &out->side[1]);
		return true;
	}
	if (src || dst) {
		out->n = 1;
		out->side[0] = verdict_addr(src ? src : dst, &far->addr,
					    &q->service);
		out->accept = out->side[0].accept && !far->pool;
		return true;
	}
	return q->src.pool || q->dst.pool;
}

/* The one file whose errors are of interest here. */
static void say_bad_file(struct question *q, const struct end *end)
{
	struct client c;

	if (!end->client || end->client->state != CLIENT_BAD_FILE)
		return;
	q->l->tolerant = false;
	load_client(q->l, &q->l->conf, end->client->name, &c, &q->cli->diag);
	pffile_fini(&c.pf);
}

static int explain(struct question *q, int argc, char **argv)
{
	struct answer a;

	find_end(q, argv[1], &q->src);
	find_end(q, argv[2], &q->dst);
	if (argc == 4 && parse_service(q, argv[3]))
		return CLI_TROUBLE;
	if (!decide(q, &a))
		return diag_error(&q->cli->diag, LOC_NONE, CLI_WRONG,
				  "neither %s nor %s is a client's: vpnpf has no say",
				  argv[1], argv[2]);
	say_bad_file(q, &q->src);
	if (q->src.client != q->dst.client)
		say_bad_file(q, &q->dst);
	if (q->cli->json)
		explain_print_json(q, &a);
	else
		explain_print(q, &a);
	return CLI_OK;
}

static int run_questions(struct cli *cli, struct cli_world *w, int argc,
			 char **argv)
{
	struct question q = { .cli = cli, .l = &w->load, .p = &w->policy };
	int status;

	if (cli->batch)
		return batch_run(cli, &w->load, &w->policy);
	who_init(&q.who, &w->load, &w->policy);
	status = explain(&q, argc, argv);
	who_fini(&q.who);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct cli_world w;
	int status;

	if (cli->batch ? argc != 1 : argc != 3 && argc != 4)
		return cli_usage(cli, &cmd_explain);
	status = cli_status(cli_read(cli, CLI_ANY_DEV | CLI_TOLERANT, &w));
	if (!status)
		status = run_questions(cli, &w, argc, argv);
	cli_world_fini(&w);
	return status;
}

const struct command cmd_explain = {
	.name = "explain",
	.args = "SRC DST [PROTO[/PORT]]",
	.help = "verdict and reason; SRC, DST a name or an address",
	.run = run,
};
