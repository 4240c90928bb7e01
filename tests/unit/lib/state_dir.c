/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/state_dir.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/lib/bind_text.h"

int state_dir_set_up(void **state)
{
	struct state_dir *f = mem_zalloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "%s/vpnpf-test.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	*state = f;
	return mkdtemp(f->dir) ? 0 : -1;
}

char *state_dir_path(const struct state_dir *f, const char *name)
{
	return mem_printf("%s/%s", f->dir, name);
}

void state_dir_remove(const struct state_dir *f, const char *name)
{
	char *path = state_dir_path(f, name);

	remove(path);
	free(path);
}

int state_dir_tear_down(void **state)
{
	static const char *const files[] = {
		"lock", "live", "policy", "live.new", "policy.new", "sub/lock",
		"sub",
	};
	struct state_dir *f = *state;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		state_dir_remove(f, files[i]);
	rmdir(f->dir);
	ruleset_fini(&f->rs);
	vec_fini(&f->statics);
	policy_fini(&f->policy);
	sources_fini(&f->sources);
	free(f);
	return 0;
}

struct client *state_dir_add(struct state_dir *f, const char *name,
				 const char *text)
{
	const struct pffile_options opt = { 0 };
	struct client *c = policy_add_client(&f->policy, str_of(name));

	if (!text)
		return c;
	c->file = source_text(&f->sources, name, text, strlen(text));
	assert_int_equal(pffile_parse(c->file, &opt, &c->pf, &f->silent), 0);
	c->state = CLIENT_OPEN;
	return c;
}

void state_dir_bind(struct state_dir *f, const char *name, const char *addr,
		 enum binding_source source)
{
	int i = policy_index(&f->policy, str_of(name));
	struct binding b;

	assert_true(i >= 0);
	assert_int_equal(bind_text(&f->policy, addr, (unsigned int)i, source,
				   STR("office")), 0);
	b = f->policy.bindings.v[f->policy.bindings.n - 1];
	vec_push(&f->statics, b);
}

void state_dir_add_vpn(struct state_dir *f, const char *dev, bool tap)
{
	const char *server = f->policy.vpns.n ? dev : "office";

	policy_add_vpn(&f->policy, str_of(server), str_of(dev), tap, NULL);
}

void state_dir_open(struct state_dir *f, struct state *s)
{
	assert_int_equal(state_open(f->dir, false, s, &f->silent), 0);
}

void state_dir_read(struct state_dir *f, struct state *s)
{
	assert_int_equal(state_open(f->dir, true, s, &f->silent), 0);
}

void state_dir_leave(struct state_dir *f)
{
	struct live_view v = { 0 };
	struct state_write w = {
		.policy = &f->policy, .statics = f->statics.v,
		.n_statics = f->statics.n, .generation = 7,
	};
	struct state s;

	policy_resolve(&f->policy, &f->silent);
	ruleset_fini(&f->rs);
	lower_nft(&f->policy, &f->rs);
	w.digest = ruleset_digest(&f->rs);
	state_dir_open(f, &s);
	v.state = &s;
	assert_int_equal(state_write(&s, &v, &w, &f->silent), 0);
	assert_int_equal(state_commit(&s, &f->silent), 0);
	state_close(&s);
}

void state_dir_leave_six(struct state_dir *f)
{
	state_dir_add(f, "a", STATE_PLACE_FILE);
	state_dir_add(f, "b",
			"[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n-10.0.0.1\n"
		   "[END]\n");
	state_dir_add(f, "c", STATE_PLACE_FILE);
	state_dir_add(f, "d", NULL);
	state_dir_add(f, "e", NULL)->state = CLIENT_BAD_FILE;
	state_dir_add(f, "f", NULL)->state = CLIENT_KILL;
	policy_sort(&f->policy);
	state_dir_add_vpn(f, "tun0", false);
	state_dir_bind(f, "a", "10.8.0.2", BINDING_CCD);
	state_dir_bind(f, "b", "10.8.0.3", BINDING_CCD);
	state_dir_bind(f, "c", "10.8.0.2", BINDING_IPP);
	state_dir_leave(f);
}

char *state_dir_text(const struct state_dir *f, const char *name)
{
	char *path = state_dir_path(f, name);
	struct sources sources = { 0 };
	const struct source *src;
	char *text;

	assert_int_equal(source_load(&sources, AT_FDCWD, path, name, &src), 0);
	text = mem_dup(src->text, src->size);
	sources_fini(&sources);
	free(path);
	return text;
}

void state_dir_put(const struct state_dir *f, const char *name,
		       const char *text)
{
	char *path = state_dir_path(f, name);
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	free(path);
}

void state_dir_write(const struct state_dir *f, const char *name,
		     const char *text)
{
	const char *sum = strstr(text, "sum="), *line = strchr(text, '\n') + 1;
	char *header = mem_dup(text, (size_t)(sum - text) + 4);
	int fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct table none = { 0 };
	struct table_edits edits = { 0 };
	size_t n;

	for (; *line; line += n + 1) {
		n = strcspn(line, "\n");
		table_edit(&edits, true, mem_dup(line, n));
	}
	assert_int_equal(table_write(fd, name, header, &none, &edits), 0);
	assert_int_equal(table_commit(fd, name), 0);
	table_edits_fini(&edits);
	close(fd);
	free(header);
}

bool state_dir_has(const struct state_dir *f, const char *name)
{
	char *path = state_dir_path(f, name);
	bool there = !access(path, F_OK);

	free(path);
	return there;
}
