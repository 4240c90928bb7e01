/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>

#include "cli/ask/explain.h"
#include "cli/ask/explain_batch.h"
#include "cli/ask/loaded.h"
#include "compiler/model/service.h"
#include "compiler/model/shut.h"

/* Report the errors of the client's file; others do not matter here. */
static void say_bad_file(struct cli *cli, struct load *l,
			 const struct query_end *end)
{
	struct client c;

	if (!end->client || end->client->state != CLIENT_BAD_FILE)
		return;
	l->tolerant = false;
	load_client(l, &l->conf, end->client->name, &c, &cli->diag);
	pffile_fini(&c.pf);
}

static int set_service(struct cli *cli, const char *arg, struct query *q)
{
	char *wrong = service_parse(str_of(arg), &q->service);

	if (!wrong)
		return 0;
	diag_error(&cli->diag, LOC_NONE, 0, "%s", wrong);
	free(wrong);
	return -EINVAL;
}

static const char *verdict_word(bool accept)
{
	return accept ? "ACCEPT" : "DROP";
}

/* "john.pf (as loaded)" */
static const char *deciding_file(const struct answer *a)
{
	unsigned int i;

	for (i = 0; i < a->n; i++)
		if (a->side[i].accept == a->accept && a->side[i].at.src)
			return a->side[i].at.src->name;
	return "as loaded";
}

/* The same question about the policy as loaded. */
static bool ask_loaded(struct loaded *l, const struct query *q,
		       struct query *out, struct answer *a)
{
	query_init(out, &l->compile.load, &l->compile.policy);
	out->service = q->service;
	query_set_ends(out, q->src.asked, q->dst.asked);
	return query_decide(out, a);
}

static const char *compare_answers(struct cli *cli, struct loaded *l,
				   const struct query *q,
				   const struct answer *disk)
{
	bool accept;
	const char *why = loaded_whole(l, &accept);
	char *shut = NULL;
	struct query loaded;
	struct answer a;

	ask_loaded(l, q, &loaded, &a);
	if (why)
		a.accept = accept;
	else if (!a.accept && query_shut(&loaded))
		why = shut = shut_text(query_shut(&loaded));
	if (a.accept != disk->accept) {
		diag_warn(&cli->diag, LOC_NONE,
			  "in force: %s (%s), on disk: %s",
			  verdict_word(a.accept), why ? why : deciding_file(&a),
			  verdict_word(disk->accept));
		loaded_note(l, &cli->diag);
	}
	free(shut);
	query_fini(&loaded);
	return verdict_word(a.accept);
}

/* Why nobody knows what is in force; NULL: it is known. */
static const char *why_unknown(const struct loaded *l, const struct query *q)
{
	if (loaded_is_spoilt(l))
		return LOADED_SPOILT;
	if (l->rules.kind != IN_FORCE_NOTHING &&
	    (loaded_lacks(l, q, &q->src) || loaded_lacks(l, q, &q->dst)))
		return LOADED_LACKS;
	return NULL;
}

/* The verdict that is in force, if it may be another one than that of the files;
 * a difference is a warning. NULL: that of the files, as far as known. */
static const char *in_force(struct cli *cli, const struct query *q,
			    const struct answer *disk)
{
	const char *verdict = NULL, *why;
	struct loaded l;

	if (loaded_read(cli, q->p, &l)) {
		why = why_unknown(&l, q);
		if (why) {
			verdict = "unknown";
			diag_warn(&cli->diag, LOC_NONE,
				  "in force: unknown: %s", why);
		} else {
			verdict = compare_answers(cli, &l, q, disk);
		}
	}
	loaded_fini(&l);
	return verdict;
}

/* Which addresses of a packet count where this machine translates them; NULL: it
 * does not.  Malloced. */
static char *translation(struct cli *cli, const struct query *q)
{
	const struct conf *conf = &q->l->conf;
	const struct backend *b = q->p->nat ? cli_backend(cli, conf) : NULL;
	const char *table = rule_table_name(conf->ipt.table);

	if (!b)
		return NULL;
	if (b != &backend_ipt)
		return mem_copy("this machine translates addresses: what counts are those that the packet has in the tunnel");
	if (conf->ipt.table == TABLE_MANGLE)
		return mem_printf("this machine translates addresses: what counts are those that the packet has in the tunnel, but table %s stands before SNAT: of a packet to a client it is the source before it",
				  table);
	return mem_printf("this machine translates addresses: table %s stands behind DNAT and before SNAT: what counts are the addresses that the packet has there",
			  table);
}

static int explain(struct cli *cli, struct query *q, int argc, char **argv)
{
	const char *verdict;
	struct answer a;
	char *text;

	query_set_ends(q, str_of(argv[1]), str_of(argv[2]));
	if (argc == 4 && set_service(cli, argv[3], q))
		return CLI_TROUBLE;
	if (!query_decide(q, &a)) {
		diag_error(&cli->diag, LOC_NONE, 0,
			   "neither %s nor %s is a client's: vpnpf has no say",
			   argv[1], argv[2]);
		return CLI_WRONG;
	}
	say_bad_file(cli, q->l, &q->src);
	if (q->src.client != q->dst.client)
		say_bad_file(cli, q->l, &q->dst);
	verdict = in_force(cli, q, &a);
	text = translation(cli, q);
	if (text)
		diag_note(&cli->diag, LOC_NONE, "%s", text);
	if (cli->json)
		explain_print_json(q, &a, verdict, text);
	else
		explain_print(q, &a, cli->color);
	free(text);
	return CLI_OK;
}

/* The files cannot be read: the answer is what is in force, if it is known. */
static void explain_loaded(struct cli *cli, int argc, char **argv)
{
	struct query q = { .src.asked = str_of(argv[1]),
			   .dst.asked = str_of(argv[2]) }, loaded;
	const char *whole, *unknown;
	struct answer a;
	struct loaded l;
	bool accept;
	char *why;

	if (argc == 4 && set_service(cli, argv[3], &q))
		return;
	if (!loaded_read(cli, NULL, &l)) {
		loaded_fini(&l);
		return;
	}
	whole = loaded_whole(&l, &accept);
	if (ask_loaded(&l, &q, &loaded, &a) || whole) {
		unknown = why_unknown(&l, &loaded);
		why = unknown || whole ? mem_copy(unknown ? unknown : whole)
				       : query_summary(&loaded, &a);
		explain_print_loaded(cli, &loaded, unknown ? "unknown" :
				     verdict_word(whole ? accept : a.accept),
				     why);
		free(why);
	}
	query_fini(&loaded);
	loaded_fini(&l);
}

static int run_questions(struct cli *cli, struct compile *c, int argc,
			 char **argv)
{
	struct query q;
	int status;

	if (cli->batch)
		return explain_batch_run(cli, &c->load, &c->policy);
	query_init(&q, &c->load, &c->policy);
	status = explain(cli, &q, argc, argv);
	query_fini(&q);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct compile c;
	int status;

	if (cli->batch ? argc != 1 : argc != 3 && argc != 4)
		return cli_usage(cli, &cmd_explain);
	status = cli_status(cli_read(cli, CLI_ANY_DEV | CLI_NAT |
				     COMPILE_TOLERANT | COMPILE_ASKED, &c));
	if (!status)
		status = run_questions(cli, &c, argc, argv);
	else if (!cli->batch && !c.load.conf.bad_options)
		explain_loaded(cli, argc, argv);
	if (!status && conf_next_bad(&c.load.conf, NULL))
		status = CLI_WRONG;
	compile_fini(&c);
	return status;
}

const struct command cmd_explain = {
	.name = "explain",
	.args = "SRC DST [PROTO[/PORT]]",
	.help = "verdict and reason; SRC, DST a name or an address",
	.run = run,
};
