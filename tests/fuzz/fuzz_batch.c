/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is what explain --batch reads on stdin. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/ask/explain_batch.h"
#include "tests/fuzz/fuzz.h"

static void add_client(struct load *l, struct policy *p, const char *name,
		       const char *text)
{
	const struct pffile_options opt = { 0 };
	struct client *c = policy_add_client(p, str_of(name));
	struct diag quiet = { 0 };

	c->file = source_text(&l->sources, name, text, strlen(text));
	if (pffile_parse(c->file, &opt, &c->pf, &quiet))
		abort();
	c->state = CLIENT_OPEN;
}

/* What comes on stdin comes from the input, and answers go nowhere. */
static void redirect(const struct fuzz *f)
{
	char path[32];
	int fd = fuzz_file(f, path);

	if (dup2(fd, STDIN_FILENO) || !freopen("/dev/null", "w", stdout))
		abort();
	close(fd);
}

void fuzz_one(struct fuzz *f)
{
	struct load l = { 0 };
	struct policy p = { 0 };
	struct cli cli = { .diag = f->diag };

	add_client(&l, &p, "john", "[CLIENTS DROP]\n+nick\n[SUBNETS ACCEPT]\n"
		   "-10.0.4.0/24\n[END]\n");
	add_client(&l, &p, "nick", "[CLIENTS ACCEPT]\n-bob\n[SERVICES]\n"
		   "[SUBNETS DROP]\n+fd00::/64\n[END]\n");
	add_client(&l, &p, "a_b", "[CLIENTS ACCEPT]\n[SUBNETS DROP]\n[END]\n");
	policy_sort(&p);
	redirect(f);
	explain_batch_run(&cli, &l, &p);
	policy_fini(&p);
	load_fini(&l);
}
