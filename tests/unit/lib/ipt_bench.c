/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/ipt_bench.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/lib/netns.h"

static int open_bench(struct bench *b)
{
	return backend_ipt.open(&b->h, &b->ipt, &b->d);
}

int ipt_bench_setup(void **state)
{
	static struct bench bench;
	struct bench *b = &bench;

	*b = (struct bench){ .ipt.table = TABLE_FILTER };
	b->d.out = open_memstream(&b->said, &b->size);
	ipt_sample_init(&b->sample);
	assert_int_equal(open_bench(b), 0);
	*state = b;
	return 0;
}

int ipt_bench_teardown(void **state)
{
	struct bench *b = *state;

	assert_int_equal(backend_ipt.remove(b->h, &b->d), 0);
	backend_ipt.close(b->h, false);
	fclose(b->d.out);
	free(b->said);
	ipt_sample_fini(&b->sample);
	assert_true(netns_run("iptables-legacy -F && ip6tables-legacy -F"));
	assert_true(netns_run("iptables-legacy -X && ip6tables-legacy -X"));
	return 0;
}

const char *ipt_bench_said(struct bench *b)
{
	fflush(b->d.out);
	return b->said;
}

void ipt_bench_reopen(struct bench *b)
{
	backend_ipt.close(b->h, false);
	assert_int_equal(open_bench(b), 0);
}

int ipt_bench_try(struct bench *b, const struct ruleset *rs)
{
	struct kernel_ruleset old;
	uint32_t generation;
	struct plan plan;
	int r, n;

	r = backend_ipt.list(b->h, &old, &generation, &b->d);
	if (r)
		return r;
	plan_make(rs, &old, &plan);
	n = (int)plan.chains.n;
	if (!plan_is_empty(&plan))
		r = backend_ipt.commit(b->h, &plan, BENCH_STATE, &generation,
				       false, &b->d);
	plan_fini(&plan);
	kernel_ruleset_fini(&old);
	return r ? r : n;
}

int ipt_bench_apply(struct bench *b, const struct ruleset *rs)
{
	unsigned int tries = 0;
	int r;

	do {
		r = ipt_bench_try(b, rs);
	} while (r == -ERESTART && ++tries < 5);
	ipt_bench_reopen(b);
	return r;
}

uint32_t ipt_bench_generation(struct bench *b)
{
	uint32_t generation;

	assert_int_equal(backend_ipt.check(b->h, "", &generation, &b->d),
			 -ESTALE);
	return generation;
}

/* Lines of ours, as save writes them. */
#define SAVE(ip) ip "tables-legacy-save -t filter | " \
		 "grep -aE '^(:|-A )VP(NPF|[a-zA-Z])-'"

/* What print says, reduced the same way; PART: 0 ip, 1 ip6. */
static char *printed(const struct ruleset *rs, unsigned int part)
{
	char *text, *out, *line, *rest, *at;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	unsigned int n = 0;

	assert_int_equal(backend_ipt.print(rs, BENCH_STATE, NULL, 0, to, NULL),
			 0);
	fclose(to);
	out = at = mem_zalloc(1, size + 1);
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		n += !strcmp(line, "COMMIT");
		if (n == part && (*line == ':' || !strncmp(line, "-A", 2)))
			at += sprintf(at, "%s\n", line);
	}
	free(text);
	return out;
}

void ipt_bench_assert_kernel_is(const struct ruleset *rs)
{
	static const char *const commands[] = { SAVE("ip"), SAVE("ip6") };
	char *want, *have;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		want = printed(rs, i);
		have = netns_output(commands[i]);
		assert_non_null(have);
		assert_string_equal(want, have);
		free(want);
		free(have);
	}
}

void ipt_bench_mark_counters(unsigned int family)
{
	struct ipt_snapshot s;
	struct ipt_view v;
	uint64_t n = 0;
	size_t at;
	int sock = ipt_sock_open(family);

	assert_int_equal(ipt_sock_snapshot(sock, family, "filter", &s), 0);
	for (at = 0; at < s.entries->size; at += *v.next_offset) {
		ipt_entry_view(family, (char *)s.entries->entrytable + at, &v);
		v.counters->pcnt = ++n;
		v.counters->bcnt = n * 100;
	}
	assert_int_equal(ipt_sock_restore(sock, family, &s), 0);
	ipt_snapshot_fini(&s);
	close(sock);
}

bool ipt_bench_is_possible(void)
{
	static const struct ipt_options usual;
	struct diag d = { .out = stdout };
	struct backend_handle *h;

	if (!netns_enter() || !netns_run("iptables-legacy -V >/dev/null") ||
	    backend_ipt.open(&h, &usual, &d)) {
		puts("skipped: no right to make namespaces, or no iptables-legacy");
		return false;
	}
	backend_ipt.close(h, false);
	return true;
}

