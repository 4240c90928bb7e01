/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/load/load.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define OPEN "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n"

/* A folder with "policy" and "ccd", where we run. */
struct world {
	struct load l;
	struct policy p;
	struct diag d;
	char *said;
	size_t said_size;
	char folder[64], back[4096];
};

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static int new_world(void **state)
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

static int end_world(void **state)
{
	struct world *w = *state;

	policy_fini(&w->p);
	load_fini(&w->l);
	fclose(w->d.out);
	free(w->said);
	assert_int_equal(chdir(w->back), 0);
	nftw(w->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(w);
	return 0;
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static const char *said(struct world *w)
{
	fflush(w->d.out);
	return w->said;
}

static void load(struct world *w)
{
	assert_int_equal(load_policy(&w->l, &w->l.conf, &w->p, &w->d), 0);
	assert_int_equal(load_bind(&w->l, &w->l.conf, &w->p, &w->d), 0);
	policy_resolve(&w->p, &w->d);
}

/* "john:open max:no file", in order */
static const char *clients(struct world *w)
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
static const char *bindings(struct world *w)
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

static void every_name_becomes_a_client(void **state)
{
	struct world *w = *state;

	put("policy/john.pf", OPEN);
	put("policy/zoe.pf", "[KILL]\n");
	put("policy/readme", "not a policy");
	put("policy/john.pf~", "an editor's copy");
	put("ccd/max", "ifconfig-push 10.8.0.9 255.255.255.0\n");
	put("ipp.txt", "bob,10.8.0.5,\n");
	load(w);
	assert_string_equal(clients(w),
			    "bob:no file john:open max:no file zoe:[KILL]");
	assert_string_equal(bindings(w), "10.8.0.5=bob(ipp.txt:1:1) "
			    "10.8.0.9=max(ccd/max:1:1)");
	assert_string_equal(said(w), "");
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
	load(w);
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
	load(w);
	assert_string_equal(clients(w), "bad:bad file good:open");
	assert_int_equal(w->d.errors, 1);
	assert_non_null(strstr(said(w), "bad.pf:1:1: error: "));
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
	load(w);
	assert_string_equal(clients(w), "big:bad file dir:bad file "
			    "fifo:bad file hole:bad file link:open");
	assert_string_equal(said(w),
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
	load(w);
	assert_int_equal(w->p.clients.n, 1);
	assert_int_equal(w->p.clients.v[0].name.n, 64);
	assert_int_equal(w->d.warnings, 3);
}

static void a_slash_in_a_name_is_an_underscore_in_files(void **state)
{
	struct world *w = *state;

	put("policy/sl_ash.pf", OPEN);
	put("ccd/sl_ash", "ifconfig-push 10.8.0.9 255.255.255.0\n");
	put("ipp.txt", "sl/ash,10.8.0.5,\n");
	load(w);
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
	load(w);
	assert_string_equal(bindings(w), "10.8.0.2=b/(ipp.txt:1:1) "
			    "10.8.0.3=a_b/c(ipp.txt:2:1) "
			    "10.8.0.4=a/b_c(ipp.txt:3:1) "
			    "10.8.0.5=a/(ipp.txt:4:1) "
			    "10.8.0.9=a_b/c(ccd/a_b_c:1:1) "
			    "10.8.0.10=a_d(ccd/a_d:1:1) "
			    "10.8.0.11=b/(ccd/b_:1:1)");
}

static void default_policy_serves_who_has_no_file(void **state)
{
	struct world *w = *state;

	put("policy/DEFAULT.pf", "[CLIENTS ACCEPT]\n[SUBNETS DROP]\n"
	    "+10.0.0.1/8\n[END]\n");
	put("policy/john.pf", "[KILL]\n");
	put("ipp.txt", "john,10.8.0.5,\nmax,10.8.0.6,\nbob,10.8.0.7,\n");
	w->l.conf.default_policy = true;
	load(w);
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
	load(w);
	assert_string_equal(clients(w), "DEFAULT:open max:no file");
}

static void ccd_defaults_and_left_overs_give_no_address(void **state)
{
	struct world *w = *state;

	put("ccd/DEFAULT", "ifconfig-push 10.8.0.9 255.255.255.0\n");
	put("ccd/john", "ifconfig-push 10.8.0.2 255.255.255.0\n");
	put("ccd/john~", "ifconfig-push 10.8.0.2 255.255.255.0\n");
	put("ccd/.john.swp", "ifconfig-push 10.8.0.2 255.255.255.0\n");
	assert_int_equal(mkdir("ccd/dir", 0700), 0);
	load(w);
	assert_string_equal(bindings(w), "10.8.0.2=john(ccd/john:1:1)");
	assert_int_equal(w->d.warnings, 1);
	assert_non_null(strstr(said(w), "ccd/DEFAULT:1:1: warning: "));
	assert_non_null(strstr(said(w), "info: files in \"ccd\" that are no client's: 3, passed over\n"));
}

static void put_address(const char *path)
{
	put(path, "ifconfig-push 10.8.0.2 255.255.255.0\n");
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
	load(w);
	assert_string_equal(clients(w), "john:no file john.bak:open "
			    "john.old:no file john_off:open node.7:no file "
			    "www.old:open");
	assert_string_equal(bindings(w), "10.8.0.3=www.old(ccd/www.old:1:1) "
			    "10.8.0.5=node.7(ccd/node.7:1:1)");
	assert_int_equal(w->p.doubtful.n, 3);	/* john, john.old, john_off */
	assert_non_null(strstr(said(w), "no client's: 5, passed over\n"));
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
	load(w);
	assert_string_equal(clients(w), "john:no file");
	assert_string_equal(bindings(w), "10.8.0.2=john(ipp_udp.txt:1:1)");
	assert_int_equal(w->d.errors + w->d.warnings, 0);
	assert_non_null(strstr(said(w), "no client's: 6, passed over\n"));
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
	load(w);
	assert_int_equal(w->d.errors, 1);
	/* john, DEFAULT, ipp.txt, and two owners */
	assert_int_equal(w->d.warnings, 4);
	assert_null(strstr(strstr(said(w), "passed over") + 1, "passed over"));
	assert_int_equal(w->l.unread.n, 2);
	assert_int_equal(w->p.n_doubtful, 1);
}

static void who_is_disabled_has_no_address(void **state)
{
	struct world *w = *state;

	put("policy/john.pf", OPEN);
	put("ccd/john", "disable\nifconfig-push 10.8.0.2 255.255.255.0\n");
	put("ipp.txt", "john,10.8.0.5,\n");
	load(w);
	assert_string_equal(clients(w), "john:open");
	assert_string_equal(bindings(w), "");
	assert_non_null(strstr(said(w), "ccd/john:1:1: info: "));
}

static void what_is_missing_is_told_apart_from_what_is_unknown(void **state)
{
	struct world *w = *state;

	load(w);	/* no ipp.txt yet: nobody has been there */
	assert_string_equal(said(w), "");
	assert_int_equal(rmdir("ccd"), 0);
	load(w);
	assert_string_equal(said(w), "vpnpf: error: cannot read \"ccd\": "
			    "No such file or directory\n");
	assert_int_equal(w->l.unread.n, 1);
	w->l.tolerant = true;
	load(w);
	assert_int_equal(w->d.errors, 1);
	assert_int_equal(w->d.warnings, 1);
	assert_int_equal(rmdir("policy"), 0);
	assert_int_equal(load_policy(&w->l, &w->l.conf, &w->p, &w->d), -ENOENT);
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
	assert_string_equal(said(w), "");
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
	assert_string_equal(said(w), "");
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
	assert_non_null(strstr(said(w), "ccd/loop: error: cannot read this"));
	assert_non_null(strstr(said(w), "ccd/lacks:1:8: error: cannot read \"none\""));
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

#define test(name) \
	cmocka_unit_test_setup_teardown(name, new_world, end_world)

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
	in->ipsec->local = prefix_ip4(0xc0000201, 32);
	vec_push(&in->ipsec->clients, prefix_ip4(0x0a000200, 24));
}

static void one_client_has_both_ways_in(void **state)
{
	struct world *w = *state;

	add_road(w);
	put("policy/alice.pf", OPEN);
	put("ccd/alice", "ifconfig-push 10.8.0.2 255.255.255.0\n");
	put("road.txt", "alice,10.0.2.10\nbob,10.0.2.11\n");
	load(w);
	assert_string_equal(clients(w), "alice:open bob:no file");
	assert_string_equal(bindings(w),
			    "10.0.2.10=alice(./road.txt:1:1) "
			    "10.0.2.11=bob(./road.txt:2:1) "
			    "10.8.0.2=alice(ccd/alice:1:1)");
	assert_true(str_equal(w->p.bindings.v[0].instance, STR("road")));
	assert_true(str_equal(w->p.bindings.v[2].instance, STR("office")));
	assert_int_equal(w->p.vpns.n, 2);
	assert_null(w->p.vpns.v[0].ipsec);
	assert_string_equal(w->p.vpns.v[1].dev, "eth0");
	assert_int_equal(addr_ip4(&w->p.vpns.v[1].ipsec->local.addr),
			 0xc0000201);
	assert_int_equal(w->p.vpns.v[1].ipsec->clients.v[0].len, 24);
}

static void an_address_outside_of_its_networks_is_an_error(void **state)
{
	struct world *w = *state;

	add_road(w);
	put("road.txt", "alice,10.0.2.10\nbob,10.0.3.11\neve,10.0.2.9,fd00::9\n");
	load(w);
	assert_string_equal(bindings(w), "10.0.2.9=eve(./road.txt:3:1) "
			    "10.0.2.10=alice(./road.txt:1:1)");
	assert_non_null(strstr(said(w), "road.txt:2:1: error: 10.0.3.11 lies outside of the networks of \"road\""));
	assert_non_null(strstr(said(w), "road.txt:3:1: error: fd00::9 lies"));
	assert_int_equal(w->d.errors, 2);
}

static void who_only_asks_does_without_such_an_address(void **state)
{
	struct world *w = *state;

	add_road(w);
	w->l.tolerant = true;
	put("road.txt", "alice,10.0.2.10\nbob,10.0.3.11\n");
	load(w);
	assert_string_equal(bindings(w), "10.0.2.10=alice(./road.txt:1:1)");
	assert_string_equal(said(w), "");
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
	load(w);
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
	load(w);
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
	load(w);
	assert_non_null(strstr(said(w), "error: cannot read \"./road.txt\""));
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
		test(a_slash_in_a_name_is_an_underscore_in_files),
		test(of_names_with_one_ccd_file_the_first_counts),
		test(default_policy_serves_who_has_no_file),
		test(without_default_policy_it_is_a_file_as_any),
		test(ccd_defaults_and_left_overs_give_no_address),
		test(copies_count_only_as_clients),
		test(files_of_the_configuration_are_no_clients),
		test(what_two_servers_share_is_told_once),
		test(who_is_disabled_has_no_address),
		test(what_is_missing_is_told_apart_from_what_is_unknown),
		test(one_ccd_file_is_read_by_name),
		test(only_a_missing_ccd_file_is_none),
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
