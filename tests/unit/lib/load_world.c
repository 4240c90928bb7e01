/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/load_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/lib/remove_tree.h"

int new_world(void **state)
{
	struct world *w = mem_zalloc(1, sizeof(*w));
	struct instance *in;

	strcpy(w->folder, "/tmp/vpnpf-load-XXXXXX");
	assert_non_null(getcwd(w->back, sizeof(w->back)));
	assert_non_null(mkdtemp(w->folder));
	assert_int_equal(chdir(w->folder), 0);
	assert_int_equal(mkdir("policy", 0700) | mkdir("ccd", 0700), 0);
	w->d.out = open_memstream(&w->said, &w->said_size);
	w->d.verbose = true;
	w->l.conf.policy = mem_dup("policy", 6);
	in = vec_add(&w->l.conf.instances);
	*in = (struct instance){
		.name = mem_dup("office", 6),
		.dev = mem_dup("tun0", 4),
		.ccd = mem_dup("ccd", 3),
		.ipp = mem_dup("./ipp.txt", 9),
		.workdir = mem_dup(".", 1),
		.topology = TOPOLOGY_SUBNET,
	};
	*state = w;
	return 0;
}

int end_world(void **state)
{
	struct world *w = *state;

	policy_fini(&w->p);
	load_fini(&w->l);
	fclose(w->d.out);
	free(w->said);
	assert_int_equal(chdir(w->back), 0);
	remove_tree(w->folder);
	free(w);
	return 0;
}

void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

const char *world_said(struct world *w)
{
	fflush(w->d.out);
	return w->said;
}

void load_world(struct world *w)
{
	assert_int_equal(load_policy(&w->l, &w->l.conf, &w->p, &w->d), 0);
	assert_int_equal(load_bind(&w->l, &w->l.conf, &w->p, &w->d), 0);
	policy_resolve(&w->p, &w->d);
}

const char *clients(struct world *w)
{
	static char text[1024];
	const struct client *c;
	int n = 0;

	text[0] = '\0';
	vec_each(c, &w->p.clients)
		n += sprintf(text + n, "%s%.*s:%s", n ? " " : "",
			     STR_ARG(c->name), client_state_name(c->state));
	return text;
}

/* "10.8.0.2=john(ccd/john:1:1)", in order */
const char *bindings(struct world *w)
{
	static char text[1024];
	const struct binding *b;
	char addr[ADDR_TEXT], place[128];
	int n = 0;

	text[0] = '\0';
	vec_each(b, &w->p.bindings) {
		loc_format(b->at, place, sizeof(place));
		n += sprintf(text + n, "%s%s=%.*s(%s)", n ? " " : "",
			     prefix_format(&b->net, addr),
			     STR_ARG(w->p.clients.v[b->client].name), place);
	}
	return text;
}

void put_address(const char *path)
{
	put(path, "ifconfig-push 10.8.0.2 255.255.255.0\n");
}
