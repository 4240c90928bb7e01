/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/load_world.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void every_name_becomes_a_client(void **state)
{
	struct world *w = *state;

	put("policy/john.pf", OPEN);
	put("policy/zoe.pf", "[KILL]\n");
	put("policy/readme", "not a policy");
	put("policy/john.pf~", "an editor's copy");
	put("ccd/max", "ifconfig-push 10.8.0.9 255.255.255.0\n");
	put("ipp.txt", "bob,10.8.0.5,\n");
	load_world(w);
	assert_string_equal(clients(w),
			    "bob:no file john:open max:no file zoe:[KILL]");
	assert_string_equal(bindings(w), "10.8.0.5=bob(ipp.txt:1:1) "
			    "10.8.0.9=max(ccd/max:1:1)");
	assert_string_equal(world_said(w), "");
	assert_int_equal(w->p.vpns.n, 1);
	assert_string_equal(w->p.vpns.v[0].dev, "tun0");
}

static unsigned int kind_of(struct world *w, const char *name)
{
	return policy_find(&w->p, str_of(name))->kind;
}

static void clients_of_one_text_are_of_one_kind(void **state)
{
	struct world *w = *state;

	put("policy/john.pf", OPEN);
	put("policy/nick.pf", OPEN);
	put("policy/max.pf", OPEN "# mine\n");
	put("ipp.txt", "bob,10.8.0.5,\n");
	load_world(w);
	assert_int_equal(kind_of(w, "john"), kind_of(w, "nick"));
	assert_int_not_equal(kind_of(w, "john"), kind_of(w, "max"));
	assert_int_not_equal(kind_of(w, "max"), 0);
	assert_int_equal(kind_of(w, "bob"), 0);
}

static void a_bad_file_concerns_its_client_only(void **state)
{
	struct world *w = *state;

	put("policy/bad.pf", "[CLIENTS DENY]\n[END]\n");
	put("policy/good.pf", OPEN);
	load_world(w);
	assert_string_equal(clients(w), "bad:bad file good:open");
	assert_int_equal(w->d.errors, 1);
	assert_non_null(strstr(world_said(w), "bad.pf:1:1: error: "));
}

static void what_is_no_file_is_a_bad_file(void **state)
{
	struct world *w = *state;
	int fd;

	assert_int_equal(mkdir("policy/dir.pf", 0700), 0);
	assert_int_equal(mkfifo("policy/fifo.pf", 0600), 0);
	assert_int_equal(symlink("nowhere", "policy/hole.pf"), 0);
	fd = open("policy/big.pf", O_CREAT | O_WRONLY, 0600);
	assert_int_equal(ftruncate(fd, SOURCE_MAX + 1), 0);
	close(fd);
	put("real", OPEN);
	assert_int_equal(symlink("../real", "policy/link.pf"), 0);
	load_world(w);
	assert_string_equal(clients(w), "big:bad file dir:bad file "
			    "fifo:bad file hole:bad file link:open");
	assert_string_equal(world_said(w),
		"big.pf: error: cannot read this file: it is larger than 16 MiB\n"
		"dir.pf: error: cannot read this file: it is a directory\n"
		"fifo.pf: error: cannot read this file: it is not a regular file\n"
		"hole.pf: error: cannot read this file: it is a link to a file that is not there\n");
}

static void names_that_no_client_has_are_passed_over(void **state)
{
	struct world *w = *state;
	char path[128] = "policy/";

	memset(path + 7, 'x', 64);
	strcpy(path + 7 + 64, ".pf");
	put(path, OPEN);
	strcpy(path + 7 + 64, "x.pf");
	put(path, OPEN);
	put("policy/.pf", OPEN);
	put("policy/a\nb.pf", OPEN);
	load_world(w);
	assert_int_equal(w->p.clients.n, 1);
	assert_int_equal(w->p.clients.v[0].name.n, 64);
	assert_int_equal(w->d.warnings, 3);
}

static void default_policy_serves_who_has_no_file(void **state)
{
	struct world *w = *state;

	put("policy/DEFAULT.pf", "[CLIENTS ACCEPT]\n[SUBNETS DROP]\n"
	    "+10.0.0.1/8\n[END]\n");
	put("policy/john.pf", "[KILL]\n");
	put("ipp.txt", "john,10.8.0.5,\nmax,10.8.0.6,\nbob,10.8.0.7,\n");
	w->l.conf.default_policy = true;
	load_world(w);
	assert_string_equal(clients(w), "bob:open john:[KILL] max:open");
	assert_string_equal(policy_find(&w->p, STR("max"))->file->name,
			    "DEFAULT.pf");
	/* its warning is said once */
	assert_int_equal(w->d.warnings, 1);
}

static void without_default_policy_it_is_a_file_as_any(void **state)
{
	struct world *w = *state;

	put("policy/DEFAULT.pf", OPEN);
	put("ipp.txt", "max,10.8.0.6,\n");
	load_world(w);
	assert_string_equal(clients(w), "DEFAULT:open max:no file");
}

static void what_is_missing_is_told_apart_from_what_is_unknown(void **state)
{
	struct world *w = *state;

	load_world(w);	/* no ipp.txt yet: nobody has been there */
	assert_string_equal(world_said(w), "");
	assert_int_equal(rmdir("ccd"), 0);
	load_world(w);
	assert_string_equal(world_said(w), "vpnpf: error: cannot read \"ccd\": "
			    "No such file or directory\n");
	assert_int_equal(w->l.unread.n, 1);
	w->l.tolerant = true;
	load_world(w);
	assert_int_equal(w->d.errors, 1);
	assert_int_equal(w->d.warnings, 1);
	assert_int_equal(rmdir("policy"), 0);
	assert_int_equal(load_policy(&w->l, &w->l.conf, &w->p, &w->d), -ENOENT);
}

static void one_client_is_loaded_as_all_are(void **state)
{
	struct world *w = *state;
	struct load *l = &w->l;
	struct client c;

	put("policy/john.pf", OPEN);
	put("policy/sl_ash.pf", OPEN);
	put("policy/bad.pf", "");
	assert_int_equal(load_client(l, &l->conf, STR("john"), &c, &w->d), 0);
	assert_int_equal(c.state, CLIENT_OPEN);
	assert_string_equal(c.file->name, "john.pf");
	pffile_fini(&c.pf);
	assert_int_equal(load_client(l, &l->conf, STR("sl/ash"), &c, &w->d), 0);
	assert_int_equal(c.state, CLIENT_OPEN);
	pffile_fini(&c.pf);
	assert_int_equal(load_client(l, &l->conf, STR(".."), &c, &w->d), 0);
	assert_int_equal(c.state, CLIENT_NO_FILE);
	assert_int_equal(load_client(l, &l->conf, STR("max"), &c, &w->d), 0);
	assert_int_equal(c.state, CLIENT_NO_FILE);
	assert_int_equal(w->d.errors, 0);
	assert_int_equal(load_client(l, &l->conf, STR("bad"), &c, &w->d), 0);
	assert_int_equal(c.state, CLIENT_BAD_FILE);
	assert_int_equal(w->d.errors, 1);
	pffile_fini(&c.pf);
}

/* "road", with 10.0.2.0/24, beside office. */
static void add_road(struct world *w)
{
	struct instance *in = vec_add(&w->l.conf.instances);

	*in = (struct instance){
		.name = mem_dup("road", 4), .dev = mem_dup("eth0", 4),
		.ipp = mem_dup("./road.txt", 10), .workdir = mem_dup("/", 1),
		.topology = TOPOLOGY_SUBNET,
		.ipsec = mem_zalloc(1, sizeof(*in->ipsec)),
	};
	vec_push(&in->ipsec->ends, prefix_ip4(0xc0000201, 32));
	vec_push(&in->ipsec->clients, prefix_ip4(0x0a000200, 24));
}

static void one_client_has_both_ways_in(void **state)
{
	struct world *w = *state;

	add_road(w);
	put("policy/alice.pf", OPEN);
	put("ccd/alice", "ifconfig-push 10.8.0.2 255.255.255.0\n");
	put("road.txt", "alice,10.0.2.10\nbob,10.0.2.11\n");
	load_world(w);
	assert_string_equal(clients(w), "alice:open bob:no file");
	assert_string_equal(bindings(w),
			    "10.0.2.10=alice(./road.txt:1:1) "
			    "10.0.2.11=bob(./road.txt:2:1) "
			    "10.8.0.2=alice(ccd/alice:1:1)");
	assert_true(str_equal(w->p.bindings.v[0].instance, STR("road")));
	assert_true(str_equal(w->p.bindings.v[2].instance, STR("office")));
	assert_int_equal(w->p.vpns.n, 2);
	assert_null(w->p.vpns.v[0].ipsec);
	assert_string_equal(w->p.vpns.v[1].dev, VPN_NO_DEV);
	assert_int_equal(addr_ip4(&w->p.vpns.v[1].ipsec->ends.v[0].addr),
			 0xc0000201);
	assert_int_equal(w->p.vpns.v[1].ipsec->clients.v[0].len, 24);
}

static void an_address_outside_of_its_networks_is_an_error(void **state)
{
	struct world *w = *state;

	add_road(w);
	put("road.txt", "alice,10.0.2.10\nbob,10.0.3.11\neve,10.0.2.9,fd00::9\n");
	load_world(w);
	assert_string_equal(bindings(w), "10.0.2.9=eve(./road.txt:3:1) "
			    "10.0.2.10=alice(./road.txt:1:1)");
	assert_non_null(strstr(world_said(w), "road.txt:2:1: error: 10.0.3.11 lies outside of the networks of \"road\""));
	assert_non_null(strstr(world_said(w), "road.txt:3:1: error: fd00::9 lies"));
	assert_int_equal(w->d.errors, 2);
}

static void who_only_asks_does_without_such_an_address(void **state)
{
	struct world *w = *state;

	add_road(w);
	w->l.tolerant = true;
	put("road.txt", "alice,10.0.2.10\nbob,10.0.3.11\n");
	load_world(w);
	assert_string_equal(bindings(w), "10.0.2.10=alice(./road.txt:1:1)");
	assert_string_equal(world_said(w), "");
}

static bool has_seen(const struct world *w, const char *path)
{
	const struct seen *seen;

	vec_each(seen, &w->l.sources.seen)
		if (!strcmp(seen->path, path))
			return true;
	return false;
}

/* Single clients' files are not: their folder tells of them. */
static void what_all_share_and_what_links_lead_to_was_seen(void **state)
{
	static const char *const seen[] = {
		"policy", "ccd", "./ipp.txt", "more", "policy/DEFAULT.pf",
		"policy/link.pf", "groups",
	};
	struct world *w = *state;
	size_t i;

	w->l.conf.default_policy = true;
	w->l.conf.groups = mem_dup("groups", 6);
	put("groups", "staff: john\n");
	put("policy/DEFAULT.pf", OPEN);
	put("policy/john.pf", OPEN);
	put("real", OPEN);
	assert_int_equal(symlink("../real", "policy/link.pf"), 0);
	put("ccd/guest", "config more\n");
	put("more", "ifconfig-push 10.8.0.2 255.255.255.0\n");
	load_world(w);
	for (i = 0; i < sizeof(seen) / sizeof(*seen); i++)
		if (!has_seen(w, seen[i]))
			fail_msg("%s was not seen", seen[i]);
	assert_int_equal(w->l.sources.seen.n, sizeof(seen) / sizeof(*seen));
	assert_int_equal(w->l.unread.n, 0);
}

static void what_cannot_be_read_is_known(void **state)
{
	struct world *w = *state;

	assert_int_equal(symlink("nowhere", "policy/john.pf"), 0);
	assert_int_equal(symlink("nowhere", "ccd/nick"), 0);
	put("ccd/bob", "ifconfig-push 10.8.0.2 255.255.255.0\nconfig no\n");
	load_world(w);
	assert_int_equal(w->l.unread.n, 3);
	assert_null(w->l.unread.v[0].in);
	assert_ptr_equal(w->l.unread.v[1].in, w->l.conf.instances.v);
	assert_true(str_equal(w->l.unread.v[1].name, STR("bob")));
	assert_true(str_equal(w->l.unread.v[2].name, STR("nick")));
	assert_true(policy_index(&w->p, STR("nick")) >= 0);
	assert_string_equal(bindings(w), "");
}

/* Nobody but the user makes it. */
static void a_missing_map_of_addresses_is_an_error(void **state)
{
	struct world *w = *state;

	add_road(w);
	put_address("ccd/john");
	load_world(w);
	assert_non_null(strstr(world_said(w), "error: cannot read \"./road.txt\""));
	assert_int_equal(w->l.unread.n, 1);
	assert_ptr_equal(w->l.unread.v[0].in, w->l.conf.instances.v + 1);
	assert_int_equal(w->l.unread.v[0].source, BINDING_IPP);
	assert_string_equal(bindings(w), "10.8.0.2=john(ccd/john:1:1)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(every_name_becomes_a_client),
		test(clients_of_one_text_are_of_one_kind),
		test(a_bad_file_concerns_its_client_only),
		test(what_is_no_file_is_a_bad_file),
		test(names_that_no_client_has_are_passed_over),
		test(default_policy_serves_who_has_no_file),
		test(without_default_policy_it_is_a_file_as_any),
		test(what_is_missing_is_told_apart_from_what_is_unknown),
		test(one_client_is_loaded_as_all_are),
		test(one_client_has_both_ways_in),
		test(an_address_outside_of_its_networks_is_an_error),
		test(who_only_asks_does_without_such_an_address),
		test(what_all_share_and_what_links_lead_to_was_seen),
		test(what_cannot_be_read_is_known),
		test(a_missing_map_of_addresses_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
