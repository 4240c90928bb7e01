/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table "live" and, from its header on, a table "policy": opened, asked,
 * loaded, bound, lowered for both backends, written and opened again; with or
 * without the order, the sum and the seal of table_write.  What was written
 * must be in order, and the owners in the rules must be read.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/lower/lower_ipt.h"
#include "compiler/lower/lower_nft.h"
#include "compiler/plan/owners.h"
#include "compiler/state/live.h"
#include "tests/fuzz/fuzz.h"

/* As table_write leaves them: else few would be in order, and used.  SEALED:
 * else their lines are looked at. */
static void put_sorted(const char *name, struct str text, bool sealed)
{
	const struct timespec times[] = { { 1, 1 }, { 1, 1 } };
	int fd = open(fuzz_folder(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct table empty = { 0 };
	struct table_edits edits = { 0 };
	char *header = NULL, *line;
	size_t n;

	for (; text.n; text = str_from(text, n < text.n ? n + 1 : n)) {
		for (n = 0; n < text.n && text.p[n] != '\n'; n++)
			;
		line = mem_dup(text.p, n);
		if (header)
			table_edit(&edits, true, line);
		else
			header = line;
	}
	if (table_write(fd, name, header ? header : "", &empty, &edits) ||
	    table_commit(fd, name) ||
	    (!sealed && utimensat(fd, name, times, 0)))
		abort();
	table_edits_fini(&edits);
	free(header);
	close(fd);
}

static void put(const char *name, const uint8_t *data, size_t size)
{
	char *path = mem_printf("%s/%s", fuzz_folder(), name);
	FILE *file = fopen(path, "w");

	if (!file || fwrite(data, 1, size, file) != size || fclose(file))
		abort();
	free(path);
}

static void put_tables(const struct fuzz *f)
{
	static const char header[] = "# vpnpf policy";
	const uint8_t *policy = f->size ? memmem(f->data, f->size, header,
						 sizeof(header) - 1) : NULL;
	size_t n = policy ? (size_t)(policy - f->data) : f->size;

	if (!policy)
		policy = f->data;
	if (f->size & 2) {
		put("live", f->data, n);
		put("policy", policy, f->size - n);
		return;
	}
	put_sorted("live", (struct str){ (const char *)f->data, n },
		   f->size & 4);
	put_sorted("policy", (struct str){ (const char *)policy, f->size - n },
		   f->size & 4);
}

/* A table in memory of just its size, so that it is seen where a read goes
 * beyond.  What it was is returned. */
static struct table tighten(struct table *t)
{
	struct table mapped = *t;

	if (t->size) {
		t->text = mem_alloc(t->size);
		memcpy(t->text, mapped.text, t->size);
	}
	return mapped;
}

static void restore(struct table *t, struct table mapped)
{
	if (t->size)
		free(t->text);
	*t = mapped;
}

static struct endpoint endpoint(struct str text)
{
	struct endpoint e;

	if (endpoint_parse(text, &e))
		abort();
	return e;
}

static void ask(struct live_view *v)
{
	const struct endpoint addr = endpoint(STR("10.8.0.7"));
	const struct endpoint fixed = endpoint(STR("10.8.0.2"));
	struct str line = { NULL, 0 };
	size_t pos = 0;

	do
		live_next(v, &line);
	while (line.p);
	while (live_search(v, STR("\treqid=7"), &pos).line.p)
		;
	live_free_since(v, &addr, STR("office"));
	state_doubtful(v);
	pos = 0;
	while (state_static_owner(v->state, &fixed, &pos).p)
		;
}

static void change(struct live_view *v)
{
	const struct live new = {
		.addr = endpoint(STR("10.8.0.9")), .name = STR("john"),
		.instance = STR("office"), .since = 1795239313,
	};
	const struct endpoint addr = endpoint(STR("10.8.0.2"));
	struct live old;
	size_t pos = 0;

	while ((old = live_claim(v, &addr, &pos)).line.p) {
		live_remove(v, old);
		pos = 0;
	}
	live_add(v, &new);
}

static void read_owners(const struct ruleset *rs,
			void (*read)(const struct kernel_ruleset *rules,
				     struct owners *out))
{
	struct kernel_ruleset rules;
	struct owners owners = { 0 };
	const struct owner *o;

	kernel_ruleset_of(rs, &rules);
	read(&rules, &owners);
	vec_each(o, &owners.list)
		if (memcmp(&o->first, &o->last, sizeof(o->first)) > 0 ||
		    (o > owners.list.v && o->family == o[-1].family &&
		     memcmp(&o[-1].last, &o->first, sizeof(o->first)) >= 0))
			abort();
	owners_fini(&owners);
	kernel_ruleset_fini(&rules);
}

static uint64_t lower(struct policy *p)
{
	struct ruleset rs;
	uint64_t digest;

	lower_ipt(p, &rs);
	read_owners(&rs, owners_read_ipt);
	ruleset_fini(&rs);
	lower_nft(p, &rs);
	read_owners(&rs, owners_read_nft);
	digest = ruleset_digest(&rs);
	ruleset_fini(&rs);
	return digest;
}

static void write_tables(struct fuzz *f, struct state *s,
			 const struct live_view *v, uint64_t digest)
{
	struct state_write w = { .digest = digest, .generation = 2 };
	struct counters retired = { 0 };

	state_read_counters(s, &retired);
	counters_sum(&retired);
	w.retired = &retired;
	if (state_write(s, v, &w, &f->diag) || state_commit(s, &f->diag))
		abort();
	counters_fini(&retired);
}

static void use(struct fuzz *f, struct state *s)
{
	static const struct str names[] = { STR("john"), STR("nick"), STR("") };
	struct live_view v = { .state = s, .now = 1795239400 };
	struct policy p = { 0 };

	ask(&v);
	change(&v);
	state_load_frame(s, &p);
	state_load(s, names, 3, NULL, f->size & 1, &p, &f->diag);
	state_bind(&v, &p);
	write_tables(f, s, &v, lower(&p));
	live_fini(&v);
	policy_fini(&p);
}

static void open_tables(struct fuzz *f, bool to_use)
{
	struct table live, policy;
	struct state s;

	if (state_open(fuzz_folder(), false, &s, &f->diag))
		abort();
	live = tighten(&s.live);
	policy = tighten(&s.policy);
	if (to_use)
		use(f, &s);
	restore(&s.live, live);
	restore(&s.policy, policy);
	state_close(&s);
}

void fuzz_one(struct fuzz *f)
{
	put_tables(f);
	open_tables(f, true);
	open_tables(f, false);
}
