/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/query/expect_run.h"

#include <errno.h>
#include <fcntl.h>

#include "compiler/base/dir.h"

/* Probably a typing error: "drop" holds for every unknown name. */
static void warn_unknown(struct diag *d, const struct query_end *end,
			 struct loc at)
{
	if (query_end_is_unknown(end))
		diag_warn(d, at, "there is no client \"%.*s\"",
			  STR_ARG(end->asked));
}

/* A network, not the name of a client. */
static bool is_network(const struct query_end *end)
{
	struct prefix net;

	return end->client == &end->spare && !prefix_parse(end->asked, &net);
}

static void decide(const struct query *q, struct expect_outcome *out)
{
	const struct query_end *net = is_network(&q->src) ? &q->src :
				is_network(&q->dst) ? &q->dst : NULL;

	out->decided = !net && query_decide(q, &out->answer);
	out->ok = out->decided && out->answer.accept == out->e->accept;
	if (out->decided)
		out->reason = query_summary(q, &out->answer);
	else if (net)
		out->reason = mem_printf("%.*s is a network: name an address in it",
					 STR_ARG(net->asked));
	else
		out->reason = mem_printf("neither %.*s nor %.*s is a client's: vpnpf has no say",
					 STR_ARG(q->src.asked),
					 STR_ARG(q->dst.asked));
}

/* The reasons of both sides: either file may be wrong. */
static void note_sides(struct diag *d, const struct query *q,
		       const struct answer *a)
{
	const struct verdict *v;
	char *side, *why;
	unsigned int i;

	for (i = 0; i < a->n; i++) {
		v = &a->side[i];
		side = query_side(q, a, i);
		why = v->at.src ? query_remark(v) : query_lack(q, v);
		diag_note(d, v->at, "%s%s%s", side, v->at.src ? "" : ": ", why);
		free(why);
		free(side);
	}
}

static void say_failed(struct diag *d, const struct query *q,
		       const struct expect_outcome *out)
{
	const struct expectation *e = out->e;

	if (!out->decided) {
		diag_error(d, e->at, 0, "%s", out->reason);
		return;
	}
	diag_error(d, e->at, 0, "%.*s -> %.*s%s%.*s is %s, expected %s",
		   STR_ARG(e->src.text), STR_ARG(e->dst.text),
		   e->service_text.n ? " " : "", STR_ARG(e->service_text),
		   out->answer.accept ? "accepted" : "dropped",
		   e->accept ? "accept" : "drop");
	if (query_end_is_lost(&q->src) || query_end_is_lost(&q->dst))
		diag_note(d, LOC_NONE, "%s", out->reason);
	note_sides(d, q, &out->answer);
}

static void judge(struct expect_run *x, struct query *q,
		  const struct expectation *e, struct diag *d)
{
	struct expect_outcome out = { .e = e };

	query_set_ends(q, e->src.text, e->dst.text);
	q->service = e->service;
	decide(q, &out);
	if (out.decided) {
		warn_unknown(d, &q->src, e->src.at);
		warn_unknown(d, &q->dst, e->dst.at);
	}
	if (!out.ok)
		say_failed(d, q, &out);
	if (x->found)
		x->found(x->arg, &out);
	x->n++;
	x->failed += !out.ok;
	free(out.reason);
}

static int run_file(struct expect_run *x, struct query *q, const char *path,
		    struct diag *d)
{
	const struct expectation *e;
	const struct source *src;
	struct expect expect;
	size_t failed = x->failed;
	int r;

	r = source_load(&x->load->sources, AT_FDCWD, path, path, &src);
	if (r)
		return diag_error(d, LOC_NONE, -EIO, "cannot read \"%s\": %s",
				  path, dir_error(r));
	r = expect_parse(src, &expect, d);
	vec_each(e, &expect.list)
		judge(x, q, e, d);
	expect_fini(&expect);
	return x->failed > failed ? -EINVAL : r;
}

int expect_run_files(struct expect_run *x, char *const *paths, size_t n,
		     struct diag *d)
{
	struct query q;
	int r = 0, one;
	size_t i;

	query_init(&q, x->load, x->policy);
	for (i = 0; i < n; i++) {
		one = run_file(x, &q, paths[i], d);
		if (one && r != -EIO)
			r = one;
	}
	query_fini(&q);
	return r;
}

int expect_run_configured(struct load *l, const struct policy *p,
			  struct diag *d)
{
	struct expect_run x = { .load = l, .policy = p };

	return l->conf.tests.n ? expect_run_files(&x, l->conf.tests.v,
						  l->conf.tests.n, d) : 0;
}
