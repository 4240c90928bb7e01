/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/load/ccd_dir.h"

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

static void a_slash_in_a_name_is_an_underscore_in_files(void **state)
{
	struct world *w = *state;

	put("policy/sl_ash.pf", OPEN);
	put("ccd/sl_ash", "ifconfig-push 10.8.0.9 255.255.255.0\n");
	put("ipp.txt", "sl/ash,10.8.0.5,\n");
	load_world(w);
	assert_string_equal(clients(w), "sl/ash:open sl_ash:open");
	assert_string_equal(bindings(w), "10.8.0.5=sl/ash(ipp.txt:1:1) "
			    "10.8.0.9=sl/ash(ccd/sl_ash:1:1)");
}

static void of_names_with_one_ccd_file_the_first_counts(void **state)
{
	struct world *w = *state;

	put("ccd/a_b_c", "ifconfig-push 10.8.0.9 255.255.255.0\n");
	put("ccd/a_d", "ifconfig-push 10.8.0.10 255.255.255.0\n");
	put("ccd/b_", "ifconfig-push 10.8.0.11 255.255.255.0\n");
	put("ipp.txt", "b/,10.8.0.2,\na_b/c,10.8.0.3,\na/b_c,10.8.0.4,\n"
	    "a/,10.8.0.5,\n");
	load_world(w);
	assert_string_equal(bindings(w), "10.8.0.2=b/(ipp.txt:1:1) "
			    "10.8.0.3=a_b/c(ipp.txt:2:1) "
			    "10.8.0.4=a/b_c(ipp.txt:3:1) "
			    "10.8.0.5=a/(ipp.txt:4:1) "
			    "10.8.0.9=a_b/c(ccd/a_b_c:1:1) "
			    "10.8.0.10=a_d(ccd/a_d:1:1) "
			    "10.8.0.11=b/(ccd/b_:1:1)");
}

static void ccd_defaults_and_left_overs_give_no_address(void **state)
{
	struct world *w = *state;

	put("ccd/DEFAULT", "ifconfig-push 10.8.0.9 255.255.255.0\n");
	put("ccd/john", "ifconfig-push 10.8.0.2 255.255.255.0\n");
	put("ccd/john~", "ifconfig-push 10.8.0.2 255.255.255.0\n");
	put("ccd/.john.swp", "ifconfig-push 10.8.0.2 255.255.255.0\n");
	assert_int_equal(mkdir("ccd/dir", 0700), 0);
	load_world(w);
	assert_string_equal(bindings(w), "10.8.0.2=john(ccd/john:1:1)");
	assert_int_equal(w->d.warnings, 1);
	assert_non_null(strstr(world_said(w), "ccd/DEFAULT:1:1: warning: "));
	assert_non_null(strstr(world_said(w), "info: files in \"ccd\" that are no client's: 3, passed over\n"));
}

/* The rule of passed_over.h: who counts as a client? */
static void copies_count_only_as_clients(void **state)
{
	struct world *w = *state;

	put_address("ccd/john");
	put_address("ccd/john.bak");
	put_address("ccd/john.old");
	put_address("ccd/john.1");
	put_address("ccd/john_off");
	put_address("ccd/Copy of john");
	put_address("ccd/john.pf");
	put("policy/john.bak.pf", OPEN);	/* beside john it is a copy */
	put("policy/john_off.pf", OPEN);
	put("ccd/www.old", "ifconfig-push 10.8.0.3 255.255.255.0\n");
	put("policy/www.old.pf", OPEN);		/* alone it is not */
	put("ccd/lonely.bak", "ifconfig-push 10.8.0.4 255.255.255.0\n");
	put("ccd/node.7", "ifconfig-push 10.8.0.5 255.255.255.0\n");
	policy_add_client(&w->p, STR("john.old"));	/* it is connected */
	load_world(w);
	assert_string_equal(clients(w), "john:no file john.bak:open "
			    "john.old:no file john_off:open node.7:no file "
			    "www.old:open");
	assert_string_equal(bindings(w), "10.8.0.3=www.old(ccd/www.old:1:1) "
			    "10.8.0.5=node.7(ccd/node.7:1:1)");
	assert_int_equal(w->p.doubtful.n, 3);	/* john, john.old, john_off */
	assert_non_null(strstr(world_said(w), "no client's: 5, passed over\n"));
}

static void files_of_the_configuration_are_no_clients(void **state)
{
	struct instance *in;
	struct world *w = *state;
	int fd;

	in = &w->l.conf.instances.v[0];
	free(in->ipp);
	in->ipp = mem_copy("./ccd/ipp_udp.txt");
	in->status = mem_copy("ccd/status");
	w->l.conf.groups = mem_copy("ccd/groups");
	put("ccd/ipp_udp.txt", "john,10.8.0.2,\n");
	put("ccd/status", "TITLE\n");
	put("ccd/groups", "staff: john\n");
	assert_int_equal(mkfifo("ccd/fifo", 0600), 0);
	assert_int_equal(mkdir("ccd/nick", 0700), 0);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, &(struct sockaddr){ AF_UNIX, "ccd/sock" },
			      sizeof(struct sockaddr)), 0);
	close(fd);
	load_world(w);
	assert_string_equal(clients(w), "john:no file");
	assert_string_equal(bindings(w), "10.8.0.2=john(ipp_udp.txt:1:1)");
	assert_int_equal(w->d.errors + w->d.warnings, 0);
	assert_non_null(strstr(world_said(w), "no client's: 6, passed over\n"));
}

/* OFFICE again, as "lab". */
static void share_all(struct world *w)
{
	struct instance *in = vec_add(&w->l.conf.instances);

	*in = (struct instance){
		.name = mem_copy("lab"), .dev = mem_copy("tun1"),
		.ccd = mem_copy("ccd"), .ipp = mem_copy("./ipp.txt"),
		.workdir = mem_copy("."), .topology = TOPOLOGY_SUBNET,
	};
}

static void what_two_servers_share_is_told_once(void **state)
{
	struct world *w = *state;

	share_all(w);
	put("ccd/john", "ifconfig-push nonsense\n");
	put("ccd/john.bak", "");
	put("ccd/off", "disable\n");
	put_address("ccd/DEFAULT");
	put_address("ccd/nick");
	put_address("ccd/bob");
	assert_int_equal(symlink("nowhere", "ccd/lost"), 0);
	put("ipp.txt", "no comma\n");
	load_world(w);
	assert_int_equal(w->d.errors, 1);
	/* john, DEFAULT, ipp.txt, and two owners */
	assert_int_equal(w->d.warnings, 4);
	assert_null(strstr(strstr(world_said(w), "passed over") + 1, "passed over"));
	assert_int_equal(w->l.unread.n, 2);
	assert_int_equal(w->p.n_doubtful, 1);
}

static void who_is_disabled_has_no_address(void **state)
{
	struct world *w = *state;

	put("policy/john.pf", OPEN);
	put("ccd/john", "disable\nifconfig-push 10.8.0.2 255.255.255.0\n");
	put("ipp.txt", "john,10.8.0.5,\n");
	load_world(w);
	assert_string_equal(clients(w), "john:open");
	assert_string_equal(bindings(w), "");
	assert_non_null(strstr(world_said(w), "ccd/john:1:1: info: "));
}

/* What load_ccd returns, and its IPv4 address, or "". */
static int ccd(struct world *w, const char *name, const char *want)
{
	char text[ADDR_TEXT] = "";
	struct ccd ccd;
	int r = load_ccd(&w->l, &w->l.conf.instances.v[0], str_of(name), &ccd,
			 &w->d);

	if (ccd.has_ip4)
		prefix_format(&ccd.ip4.net, text);
	assert_string_equal(text, want);
	ccd_fini(&ccd);
	return r;
}

static void one_ccd_file_is_read_by_name(void **state)
{
	struct world *w = *state;

	put("ccd/john", "ifconfig-push 10.8.0.2 255.255.255.0\n");
	put("ccd/sl_ash", "config more\n");
	put("more", "ifconfig-push 10.8.0.9 255.255.255.0\n");
	assert_int_equal(ccd(w, "john", "10.8.0.2"), 0);
	assert_int_equal(ccd(w, "sl/ash", "10.8.0.9"), 0);
	assert_int_equal(ccd(w, "nick", ""), 0);
	assert_int_equal(ccd(w, "..", ""), 0);
	assert_string_equal(world_said(w), "");
}

/* OpenVPN takes what is no file for none. */
static void only_a_missing_ccd_file_is_none(void **state)
{
	struct world *w = *state;
	int fd;

	assert_int_equal(mkdir("ccd/dir", 0700), 0);
	assert_int_equal(mkfifo("ccd/fifo", 0600), 0);
	assert_int_equal(ccd(w, "dir", ""), 0);
	assert_int_equal(ccd(w, "fifo", ""), 0);
	assert_string_equal(world_said(w), "");
	assert_int_equal(symlink("nowhere", "ccd/hole"), 0);
	assert_int_equal(symlink("loop", "ccd/loop"), 0);
	fd = open("ccd/big", O_CREAT | O_WRONLY, 0600);
	assert_int_equal(ftruncate(fd, SOURCE_MAX + 1), 0);
	close(fd);
	put("ccd/lacks", "config none\n");
	assert_int_equal(ccd(w, "hole", ""), -ENOLINK);
	assert_int_equal(ccd(w, "loop", ""), -ELOOP);
	assert_int_equal(ccd(w, "big", ""), -EFBIG);
	assert_int_equal(ccd(w, "lacks", ""), -ENOENT);
	assert_int_equal(w->d.errors, 4);
	assert_non_null(strstr(world_said(w), "ccd/loop: error: cannot read this"));
	assert_non_null(strstr(world_said(w), "ccd/lacks:1:8: error: cannot read \"none\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_slash_in_a_name_is_an_underscore_in_files),
		test(of_names_with_one_ccd_file_the_first_counts),
		test(ccd_defaults_and_left_overs_give_no_address),
		test(copies_count_only_as_clients),
		test(files_of_the_configuration_are_no_clients),
		test(what_two_servers_share_is_told_once),
		test(who_is_disabled_has_no_address),
		test(one_ccd_file_is_read_by_name),
		test(only_a_missing_ccd_file_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
