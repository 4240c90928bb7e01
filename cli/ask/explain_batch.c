/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/ask/explain_batch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compiler/model/verdict.h"
#include "compiler/query/client_lookup.h"

#define READ_SIZE (64u << 10)

struct batch {
	struct cli *cli;
	struct load *l;
	struct client_lookup lookup;
	struct verdict_index index;
	unsigned int line;		/* of the question at hand, from 1 */
};

/* The source is only this line, but messages must count the lines before it. */
static int say_malformed(struct batch *b, struct str line, struct str where,
			 const char *what)
{
	size_t before = b->line - 1, off = (size_t)(where.p - line.p);
	char *text = mem_alloc(before + line.n);
	const struct source *src;

	memset(text, '\n', before);
	memcpy(text + before, line.p, line.n);
	src = source_text(&b->l->sources, "stdin", text, before + line.n);
	free(text);
	return diag_error(&b->cli->diag,
			  (struct loc){ src, (unsigned int)(before + off),
					(unsigned int)where.n },
			  -EINVAL, "%s", what);
}

/* Cut the next field off REST; false: no more fields. */
static bool next_field(struct str *rest, struct str *out)
{
	const char *tab;

	if (!rest->p)
		return false;
	tab = rest->n ? memchr(rest->p, '\t', rest->n) : NULL;
	*out = (struct str){ rest->p, tab ? (size_t)(tab - rest->p) : rest->n };
	*rest = tab ? str_from(*rest, out->n + 1) : (struct str){ 0 };
	return true;
}

static void answer(bool accept)
{
	if (accept)
		fwrite("ACCEPT\n", 1, 7, stdout);
	else
		fwrite("DROP\n", 1, 5, stdout);
}

static void answer_pair(struct batch *b, struct str src, struct str dst)
{
	struct client spare[2];
	struct verdict v, w;

	answer(verdict_pair(
		&b->index, client_lookup_find(&b->lookup, src, &spare[0]),
		client_lookup_find(&b->lookup, dst, &spare[1]), &v, &w));
}

static int answer_addr(struct batch *b, struct str line, struct str name,
		       struct str text)
{
	static const struct service_key no_service = { 0 };
	const struct client *client;
	struct client spare;
	struct prefix addr;
	bool unknown = str_equal(text, STR("unknown"));

	if (!unknown && (prefix_parse(text, &addr) || !prefix_is_host(&addr)))
		return say_malformed(b, line, text,
				     "this is no address, and not \"unknown\"");
	client = client_lookup_find(&b->lookup, name, &spare);
	answer(verdict_addr(client, unknown ? NULL : &addr,
			    &no_service).accept);
	return 0;
}

static int answer_line(struct batch *b, struct str line)
{
	struct str rest = line, verb, first, second;
	bool pair;

	b->line++;
	next_field(&rest, &verb);
	pair = str_equal(verb, STR("c2c"));
	if (!pair && !str_equal(verb, STR("addr")))
		return say_malformed(b, line, verb,
				     "this must be \"c2c\" or \"addr\"");
	if (!next_field(&rest, &first) || !next_field(&rest, &second) ||
	    rest.p)
		return say_malformed(b, line, line, pair ?
				     "this must be: c2c TAB SRC TAB DST" :
				     "this must be: addr TAB NAME TAB ADDRESS");
	if (!pair)
		return answer_addr(b, line, first, second);
	answer_pair(b, first, second);
	return 0;
}

/* Input without an answer: less than a line. */
struct input {
	char *buf;
	size_t n, room;
	bool end;
};

/* Read more input, after all answers are written. */
static int read_more(struct batch *b, struct input *in)
{
	ssize_t got;

	if (in->room - in->n < READ_SIZE) {
		in->room = 2 * in->room + READ_SIZE;
		in->buf = mem_realloc(in->buf, in->room, 1);
	}
	if (fflush(stdout))
		return -EIO;	/* main reports it */
	do
		got = read(STDIN_FILENO, in->buf + in->n, in->room - in->n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return diag_error(&b->cli->diag, LOC_NONE, -EIO,
				  "cannot read stdin: %s", strerror(errno));
	in->n += (size_t)got;
	in->end = !got;
	return 0;
}

static int answer_input(struct batch *b, struct input *in)
{
	char *p = in->buf, *end = in->buf + in->n, *newline;
	int r = 0;

	while (!r && (newline = memchr(p, '\n', (size_t)(end - p)))) {
		r = answer_line(b, (struct str){ p, (size_t)(newline - p) });
		p = newline + 1;
	}
	if (!r && in->end && p < end) {
		r = answer_line(b, (struct str){ p, (size_t)(end - p) });
		p = end;
	}
	in->n = (size_t)(end - p);
	memmove(in->buf, p, in->n);
	return r;
}

int explain_batch_run(struct cli *cli, struct load *l, const struct policy *p)
{
	struct batch b = { .cli = cli, .l = l };
	struct input in = { 0 };
	const struct client *c;
	int r;

	client_lookup_init(&b.lookup, l, p);
	vec_each(c, &p->clients)
		verdict_index_add(&b.index, c);
	verdict_index_add(&b.index, &b.lookup.fallback);
	do {
		r = read_more(&b, &in);
		if (!r)
			r = answer_input(&b, &in);
	} while (!r && !in.end);
	free(in.buf);
	verdict_index_fini(&b.index);
	client_lookup_fini(&b.lookup);
	return r ? CLI_TROUBLE : CLI_OK;
}
