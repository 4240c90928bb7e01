/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What IKE daemons tell, in whatever order and whatever it holds; after each
 * event the kernel has what a compile of everything would have put there.  The
 * hooks, the files and the state folder are real, the kernel is not.
 */
#include "config.h"

#include "cli/hook/hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/base/name.h"
#include "compiler/lower/lower_nft.h"
#include "compiler/lower/lower_share.h"
#include "tests/unit/lib/fake_backend.h"
#include "tests/unit/lib/remove_tree.h"

#define OPEN "[CLIENTS ACCEPT]\n[SUBNETS ACCEPT]\n[END]\n"

/* In the place of backends/backend.c: there is no other. */
const struct backend *backend_find(const char *name)
{
	(void)name;
	return &fake_backend;
}

const struct backend *backend_at(size_t i)
{
	return i ? NULL : &fake_backend;
}

bool backend_host_has_nat(void)
{
	return false;
}

static char folder[64];
static char *said;

static char *path_of(const char *name)
{
	return mem_printf("%s/%s", folder, name);
}

static void put(const char *name, const char *text)
{
	char *path = path_of(name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	free(path);
}

static void take_away(const char *name)
{
	char *path = path_of(name);

	assert_int_equal(remove(path), 0);
	free(path);
}

static void make_folder(const char *name)
{
	char *path = path_of(name);

	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
}

/* carol has 10.0.2.30 and fd00:2::30 by the map, alice 10.8.0.2 at office. */
static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/vpnpf-updown.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	make_folder("policy");
	make_folder("ccd");
	put("vpnpf.conf", "policy = policy\nstate-dir = state\n"
	    "openvpn office { dev = tun0 ccd = ccd }\n"
	    "ipsec road { dev = eth0 local = '192.0.2.1' ipp = road.txt\n"
	    "clients = { '10.0.2.0/24', 'fd00:2::/64' } }\n"
	    "ipsec lab { dev = eth1 local = '192.0.2.9'\n"
	    "clients = { '10.0.3.0/24' } }\n");
	put("road.txt", "carol,10.0.2.30,fd00:2::30\n");
	put("ccd/alice", "ifconfig-push 10.8.0.2 255.255.255.0\n");
	put("policy/alice.pf", "[CLIENTS DROP]\n+carol\n[END]\n");
	put("policy/bob.pf", OPEN);
	put("policy/carol.pf", OPEN);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(said);
	said = NULL;
	fake_kernel_clear();
	return remove_tree(folder);
}

/*
 * Looking at it
 */

static void open_cli(struct cli *cli, char **conf)
{
	*conf = path_of("vpnpf.conf");
	*cli = (struct cli){ .conf.file = *conf, .backend = "fake" };
}

/* A layout becomes smaller with a whole compile only. */
static void add_layout(const struct compile *w, struct policy *p)
{
	struct policy frame = { 0 };

	state_load_frame(&w->state, &frame);
	p->layout.ip6 |= frame.layout.ip6;
	p->layout.net4 |= frame.layout.net4;
	p->layout.net6 |= frame.layout.net6;
	policy_fini(&frame);
}

static void check_kernel(const char *event)
{
	char state[LOWER_STATE_TEXT], *differs, *conf;
	struct compile w;
	struct ruleset want;
	struct cli cli;

	open_cli(&cli, &conf);
	assert_int_equal(cli_read(&cli, 0, &w), 0);
	add_layout(&w, &w.policy);
	lower_nft(&w.policy, &want);
	lower_state(ruleset_digest(&want), state);
	differs = fake_kernel_differs(&want, state);
	if (differs || fake_kernel.refusal)
		fail_msg("%s: %s", event,
			 differs ? differs : fake_kernel.refusal);
	ruleset_fini(&want);
	compile_fini(&w);
	free(conf);
}

/* WANTED: "alice road 7 2", the last two reqid and count where it is live;
 * "carol road" is static, "" nobody's. */
static void expect_owner(const char *addr, const char *wanted)
{
	struct live_view view = { 0 };
	const struct binding *b;
	struct compile w;
	struct endpoint host;
	char text[128] = "", *conf;
	struct live live;
	struct cli cli;

	open_cli(&cli, &conf);
	assert_int_equal(cli_read(&cli, 0, &w), 0);
	assert_int_equal(endpoint_parse(str_of(addr), &host), 0);
	b = policy_owner(&w.policy, host.net.family, &host.net.addr);
	if (b)
		snprintf(text, sizeof(text), "%.*s %.*s",
			 STR_ARG(w.policy.clients.v[b->client].name),
			 STR_ARG(b->instance));
	if (b && b->source == BINDING_LIVE) {
		view.state = &w.state;
		live = live_at(&view, &host, b->instance);
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 " %u %u", b->reqid, live.ups ? live.ups : 1);
	}
	if (strcmp(text, wanted) != 0)
		fail_msg("%s is \"%s\", wanted \"%s\"", addr, text, wanted);
	compile_fini(&w);
	free(conf);
}

static enum client_state state_of(const char *name)
{
	const struct client *c;
	enum client_state s;
	struct compile w;
	struct cli cli;
	char *conf;

	open_cli(&cli, &conf);
	assert_int_equal(cli_read(&cli, 0, &w), 0);
	c = policy_find(&w.policy, str_of(name));
	assert_non_null(c);
	s = c->state;
	compile_fini(&w);
	free(conf);
	return s;
}

/*
 * Events
 */

/* ARGS: words with a blank between. */
static int call(struct cli *cli, const struct command *command,
		const char *args)
{
	char *text = mem_printf("%s %s", command->name, args), *words[5];
	int argc = 0, r;
	size_t n;

	for (words[0] = strtok(text, " "); words[argc];
	     words[argc] = strtok(NULL, " "))
		argc++;
	free(said);
	cli->diag.out = open_memstream(&said, &n);
	r = command->run(cli, argc, words);
	fclose(cli->diag.out);
	free(text);
	return r;
}

static int call_ike(const struct cli_ike *strongswan,
		    const struct cli_ike *racoon, const char *arg,
		    const char *instance)
{
	struct cli cli;
	char *conf;
	int r;

	open_cli(&cli, &conf);
	cli.conf.instance = instance;
	if (strongswan)
		cli.env.strongswan = *strongswan;
	if (racoon)
		cli.env.racoon = *racoon;
	r = call(&cli, &cmd_updown, arg ? arg : "");
	free(conf);
	return r;
}

static int pluto(const char *verb, const char *id, const char *addr,
		 const char *reqid)
{
	struct cli_ike ike = {
		.verb = verb, .id = id, .addr = addr, .reqid = reqid,
	};
	int r = call_ike(&ike, NULL, NULL, NULL);

	/* a hook that was refused before it looked at anything has made
	 * nothing */
	if (fake_kernel.table)
		check_kernel(verb);
	return r;
}

#define up(id, addr, reqid) \
	assert_int_equal(pluto("up-client", id, addr, reqid), CLI_OK)
#define down(id, addr, reqid) \
	assert_int_equal(pluto("down-client", id, addr, reqid), CLI_OK)

static int phase1(const char *event, const char *user, const char *id,
		  const char *addr)
{
	struct cli_ike ike = { .user = user, .id = id, .addr = addr };
	int r = call_ike(NULL, &ike, event, NULL);

	if (fake_kernel.table)
		check_kernel(event);
	return r;
}

static int openvpn(const struct command *command, const char *name,
		   const char *addr, const char *args)
{
	struct cli cli;
	char *conf;
	int r;

	open_cli(&cli, &conf);
	cli.env.common_name = name;
	cli.env.addr4 = addr;
	cli.env.dev = "tun0";
	r = call(&cli, command, args);
	if (fake_kernel.table)
		check_kernel(command->name);
	free(conf);
	return r;
}

/*
 * strongSwan
 */

#define DN "C=FR, O=Example, OU=Staff, CN="

static void a_tunnel_comes_and_goes(void **state)
{
	(void)state;
	up(DN "alice", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "alice road 1 1");
	assert_string_equal(said, "");
	down(DN "alice", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "");
	/* reauthentication: down, then up */
	up(DN "alice", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "alice road 1 1");
	assert_int_equal(pluto("up-host-v6", "bob", "fd00:2::10/128", "2"),
			 CLI_OK);
	expect_owner("fd00:2::10", "bob road 2 1");
	assert_int_equal(pluto("down-host-v6", "bob", "fd00:2::10/128", "2"),
			 CLI_OK);
	expect_owner("fd00:2::10", "");
	expect_owner("10.0.2.10", "alice road 1 1");
}

static void what_comes_late_is_nothing(void **state)
{
	(void)state;
	down("alice", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "");
	up("alice", "10.0.2.10/32", "1");
	down("bob", "10.0.2.10/32", "1");
	down("alice", "10.0.2.10/32", "2");
	down("alice", "10.0.2.11/32", "1");
	down("alice", "10.0.2.10/32", NULL);
	expect_owner("10.0.2.10", "alice road 1 1");
	/* the "down" of alice is lost, and comes after all */
	up("bob", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "bob road 1 1");
	down("alice", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "bob road 1 1");
}

/* Two pairs of networks; or a new tunnel before the old one goes. */
static void an_up_that_comes_twice_needs_two_downs(void **state)
{
	(void)state;
	up("alice", "10.0.2.10/32", "1");
	up("alice", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "alice road 1 2");
	down("alice", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "alice road 1 1");
	down("alice", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "");
	down("alice", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "");
}

static void two_tunnels_of_an_address_have_no_reqid(void **state)
{
	(void)state;
	up("alice", "10.0.2.10/32", "1");
	up("alice", "10.0.2.10/32", "2");
	expect_owner("10.0.2.10", "alice road 0 2");
	down("alice", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "alice road 0 1");
	down("alice", "10.0.2.10/32", "2");
	expect_owner("10.0.2.10", "");
	up("alice", "10.0.2.10/32", "3");
	expect_owner("10.0.2.10", "alice road 3 1");
}

static void a_reqid_is_of_one_client(void **state)
{
	(void)state;
	up("alice", "10.0.2.10/32", "1");
	up("alice", "fd00:2::10/128", "1");
	expect_owner("10.0.2.10", "alice road 1 1");
	expect_owner("fd00:2::10", "alice road 1 1");
	up("alice", "10.0.2.12/32", "11");
	up("alice", "10.0.3.10/32", "1");
	expect_owner("10.0.3.10", "alice lab 1 1");
	/* the "down" of alice is lost, and bob gets what was hers */
	up("bob", "10.0.2.11/32", "1");
	expect_owner("10.0.2.11", "bob road 1 1");
	expect_owner("10.0.2.10", "");
	expect_owner("fd00:2::10", "");
	/* others are not meant */
	expect_owner("10.0.2.12", "alice road 11 1");
	expect_owner("10.0.3.10", "alice lab 1 1");
}

static void a_live_name_goes_before_the_map(void **state)
{
	(void)state;
	up("bob", "10.0.2.11/32", "1");
	expect_owner("10.0.2.30", "carol road");
	up("bob", "10.0.2.30/32", "2");
	expect_owner("10.0.2.30", "bob road 2 1");
	down("bob", "10.0.2.30/32", "2");
	expect_owner("10.0.2.30", "carol road");
	up("carol", "10.0.2.30/32", "2");
	expect_owner("10.0.2.30", "carol road 2 1");
}

static void a_network_behind_a_client_is_the_clients(void **state)
{
	(void)state;
	up("alice", "10.0.2.64/26", "1");
	up("bob", "10.0.2.65/32", "2");
	expect_owner("10.0.2.66", "alice road 1 1");
	expect_owner("10.0.2.65", "bob road 2 1");
	down("alice", "10.0.2.64/26", "1");
	expect_owner("10.0.2.66", "");
}

static void the_user_goes_before_the_identity(void **state)
{
	struct cli_ike ike = {
		.verb = "up-client", .addr = "10.0.2.10/32", .reqid = "1",
		.user = "bob", .id = DN "alice",
	};

	(void)state;
	assert_int_equal(call_ike(&ike, NULL, NULL, NULL), CLI_OK);
	expect_owner("10.0.2.10", "bob road 1 1");
	/* a user's name is no distinguished name */
	ike.user = "CN=alice";
	assert_int_equal(call_ike(&ike, NULL, NULL, NULL), CLI_WRONG);
	expect_owner("10.0.2.10", "CN=alice road 1 1");
	assert_int_equal(state_of("CN=alice"), CLIENT_NO_FILE);
	/* and one without a name is not what he claims to be */
	ike.user = "";
	assert_int_equal(call_ike(&ike, NULL, NULL, NULL), CLI_WRONG);
	expect_owner("10.0.2.10", ". road 1 1");
}

/*
 * racoon
 */

static void rekeying_keeps_the_address(void **state)
{
	(void)state;
	assert_int_equal(phase1("phase1_up", "bob", "grp", ""), CLI_OK);
	assert_int_equal(phase1("phase1_up", "bob", "grp", NULL), CLI_OK);
	assert_int_equal(phase1("phase1_down", NULL, NULL, NULL), CLI_OK);
	assert_false(fake_kernel.table);
	assert_int_equal(phase1("phase1_up", "bob", "grp", "10.0.2.11"),
			 CLI_OK);
	expect_owner("10.0.2.11", "bob road 0 1");
	/* up(new), down(old) */
	assert_int_equal(phase1("phase1_up", "bob", "grp", "10.0.2.11"),
			 CLI_OK);
	assert_int_equal(phase1("phase1_down", "bob", "grp", "10.0.2.11"),
			 CLI_OK);
	expect_owner("10.0.2.11", "bob road 0 1");
	/* dead, and then down as all others */
	assert_int_equal(phase1("phase1_dead", "bob", "grp", "10.0.2.11"),
			 CLI_OK);
	expect_owner("10.0.2.11", "bob road 0 1");
	assert_int_equal(phase1("phase1_down", "bob", "grp", "10.0.2.11"),
			 CLI_OK);
	expect_owner("10.0.2.11", "");
	/* they overtake each other: the last one counts */
	assert_int_equal(phase1("phase1_down", "bob", "grp", "10.0.2.11"),
			 CLI_OK);
	assert_int_equal(phase1("phase1_up", "bob", "grp", "10.0.2.11"),
			 CLI_OK);
	expect_owner("10.0.2.11", "bob road 0 1");
	assert_int_equal(phase1("phase1_up", NULL, DN "alice", "10.0.2.11"),
			 CLI_OK);
	assert_int_equal(phase1("phase1_down", "bob", "grp", "10.0.2.11"),
			 CLI_OK);
	expect_owner("10.0.2.11", "alice road 0 1");
}

/* One daemon's variables are not the other's. */
static void daemons_are_not_mixed_up(void **state)
{
	const struct cli_ike swan = {
		.verb = "up-client", .addr = "10.0.2.10/32", .reqid = "7",
		.id = "alice",
	}, coon = { .addr = "10.0.2.11", .user = "bob" };

	(void)state;
	assert_int_equal(call_ike(&swan, &coon, NULL, NULL), CLI_OK);
	expect_owner("10.0.2.10", "alice road 7 1");
	expect_owner("10.0.2.11", "");
	assert_int_equal(call_ike(&swan, &coon, "phase1_up", NULL), CLI_OK);
	expect_owner("10.0.2.11", "bob road 0 1");
	expect_owner("10.0.2.10", "alice road 7 1");
}

/*
 * What they should not tell
 */

static void expect_refused(const char *id, const char *addr,
			   const char *wanted)
{
	assert_int_equal(pluto("up-client", id, addr, "1"), CLI_WRONG);
	if (!strstr(said, wanted))
		fail_msg("said: %s\nwanted: %s", said, wanted);
}

static void addresses_outside_are_refused(void **state)
{
	static const char *const outside[] = {
		"10.0.4.1/32", "10.0.2.0/23", "0.0.0.0/0", "192.0.2.2/32",
		"fd00:3::1/128", "::/0", "10.8.0.9/32",
	}, *const none[] = {
		"", "alice", "10.0.2.10/33", "10.0.2.10/", "10.0.2.010",
		"10.0.2.10 ", " 10.0.2.10", "10.0.2.10,10.0.2.11",
		"02:00:00:00:00:01", "10.0.2.10\n", "10.0.2.10/32;reboot",
	};
	char huge[70000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(outside) / sizeof(*outside); i++)
		expect_refused("alice", outside[i], "the networks of no ipsec");
	for (i = 0; i < sizeof(none) / sizeof(*none); i++)
		expect_refused("alice", none[i], "\" is no address");
	expect_refused("alice", NULL, "\"\" is no address");
	memset(huge, '1', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	expect_refused("alice", huge, "\" is no address");
	/* rules are loaded all the same, and nobody is bound in them */
	assert_true(fake_kernel.table);
	expect_owner("10.0.4.1", "");
	assert_int_equal(pluto("down-client", "alice", "10.0.4.1/32", "1"),
			 CLI_WRONG);
}

static void a_tunnel_that_ends_elsewhere_is_nobodys(void **state)
{
	struct cli_ike ike = {
		.verb = "up-client", .id = "alice", .addr = "10.0.2.10/32",
		.reqid = "7", .local = "192.0.2.1",
	};

	(void)state;
	assert_int_equal(call_ike(&ike, NULL, NULL, NULL), CLI_OK);
	expect_owner("10.0.2.10", "alice road 7 1");
	ike.verb = "down-client";
	assert_int_equal(call_ike(&ike, NULL, NULL, NULL), CLI_OK);
	ike.local = "198.51.100.1";
	ike.verb = "up-client";
	call_ike(&ike, NULL, NULL, NULL);
	assert_non_null(strstr(said, "10.0.2.10/32 ends at 198.51.100.1: it is closed"));
	expect_owner("10.0.2.10", ". road 7 1");
	ike.verb = "down-client";
	call_ike(&ike, NULL, NULL, NULL);
	expect_owner("10.0.2.10", "");
}

/* The section's tunnels have none. */
static void a_tunnel_with_another_interface_is_nobodys(void **state)
{
	struct cli_ike ike = {
		.verb = "up-client", .id = "alice", .addr = "10.0.2.10/32",
		.reqid = "7", .local = "192.0.2.1", .if_out = "42",
	};

	(void)state;
	call_ike(&ike, NULL, NULL, NULL);
	assert_non_null(strstr(said, "10.0.2.10/32 has an xfrm interface: it is closed"));
	expect_owner("10.0.2.10", ". road 7 1");
	ike.verb = "down-client";
	call_ike(&ike, NULL, NULL, NULL);
	expect_owner("10.0.2.10", "");
}

static void who_libreswan_tells_of_is_nobody(void **state)
{
	struct cli_ike ike = {
		.verb = "up-client", .id = "alice", .addr = "10.0.2.10/32",
		.libreswan = true,
	};

	(void)state;
	call_ike(&ike, NULL, NULL, NULL);
	assert_non_null(strstr(said, "\"alice\" is told by libreswan, which is not supported"));
	expect_owner("10.0.2.10", ". road 0 1");
}

/* Who cannot be named has the address all the same, or he would be taken for
 * whoever had it before. */
static void who_has_no_name_is_nobody(void **state)
{
	char id[513];
	static const struct {
		const char *id, *said;
	} rows[] = {
		{ NULL, "\"\" cannot be a client's name" },
		{ "", "\"\" cannot be a client's name" },
		{ "CN=alice, CN=bob", "has not exactly one CN" },
		{ "C=FR, O=Example", "has not exactly one CN" },
		{ "CN=", "cannot be a client's name" },
		{ "<KEY-ID>", "does not say who the client is" },
		{ "al\033[31mice", "\"al\\x1b[31mice\" cannot be a client's" },
		{ "alice\n", "\"alice\\x0a\" cannot be a client's name" },
		{ DN "0123456789012345678901234567890123456789"
		  "0123456789012345678901234", "cannot be a client's name" },
		{ ".", "\".\" is closed (no file)" },
	};
	size_t i;

	(void)state;
	put("policy/DEFAULT.pf", OPEN);
	put("vpnpf.conf", "policy = policy\nstate-dir = state\n"
	    "default-policy = yes\n"
	    "ipsec road { dev = eth0 local = '192.0.2.1' ipp = road.txt\n"
	    "clients = { '10.0.2.0/24', 'fd00:2::/64' } }\n");
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		up("bob", "10.0.2.11/32", "1");
		expect_refused(rows[i].id, "10.0.2.11/32", rows[i].said);
		expect_owner("10.0.2.11", ". road 1 1");
		expect_refused(rows[i].id, "10.0.2.30/32", rows[i].said);
		expect_owner("10.0.2.30", ". road 1 1");
		assert_int_equal(state_of("."), CLIENT_NO_FILE);
		pluto("down-client", rows[i].id, "10.0.2.11/32", "1");
		expect_owner("10.0.2.11", "");
		pluto("down-client", rows[i].id, "10.0.2.30/32", "1");
		expect_owner("10.0.2.30", "carol road");
	}
	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	assert_int_equal(phase1("phase1_up", NULL, id, "10.0.2.30"), CLI_WRONG);
	expect_owner("10.0.2.30", ". road 0 1");
	assert_int_equal(phase1("phase1_up", id, "bob", "10.0.2.30"),
			 CLI_WRONG);
	expect_owner("10.0.2.30", ". road 0 2");
	/* an unknown name is something else */
	up("dave", "10.0.2.12/32", "5");
	assert_int_equal(state_of("dave"), CLIENT_OPEN);
}

static void odd_reqids_are_not_known(void **state)
{
	static const char *const odd[] = {
		"", "x", "-1", "4294967296", "1x", "0", "01",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		up("alice", "10.0.2.10/32", odd[i]);
		expect_owner("10.0.2.10", "alice road 0 1");
		down("alice", "10.0.2.10/32", odd[i]);
		expect_owner("10.0.2.10", "");
	}
	up("alice", "10.0.2.10/32", "4294967295");
	expect_owner("10.0.2.10", "alice road 4294967295 1");
}

static void other_calls_are_refused(void **state)
{
	struct cli_ike ike = {
		.verb = "prepare-client", .addr = "10.0.2.10/32", .id = "bob",
	};

	(void)state;
	assert_int_equal(call_ike(&ike, NULL, NULL, NULL), CLI_WRONG);
	assert_non_null(strstr(said, "neither up nor down"));
	ike.verb = "";
	assert_int_equal(call_ike(&ike, NULL, NULL, NULL), CLI_WRONG);
	assert_int_equal(call_ike(NULL, NULL, NULL, NULL), CLI_TROUBLE);
	assert_non_null(strstr(said, "usage: "));
	assert_int_equal(call_ike(&ike, NULL, "phase1_other", NULL),
			 CLI_TROUBLE);
	assert_int_equal(call_ike(&ike, NULL, "-n", NULL), CLI_TROUBLE);
	assert_false(fake_kernel.table);
}

/*
 * Sections and policies
 */

static void the_section_is_that_of_the_address(void **state)
{
	struct cli_ike ike = {
		.verb = "up-client", .addr = "10.0.3.10/32", .id = "bob",
	};

	(void)state;
	assert_int_equal(call_ike(&ike, NULL, NULL, NULL), CLI_OK);
	expect_owner("10.0.3.10", "bob lab 0 1");
	assert_int_equal(call_ike(&ike, NULL, NULL, "lab"), CLI_OK);
	expect_owner("10.0.3.10", "bob lab 0 2");
	assert_int_equal(call_ike(&ike, NULL, NULL, "road"), CLI_WRONG);
	assert_non_null(strstr(said, "10.0.3.10/32 is not in the networks of \"road\""));
	assert_int_equal(call_ike(&ike, NULL, NULL, "office"), CLI_WRONG);
	assert_non_null(strstr(said, "\"office\" is no ipsec section"));
	assert_int_equal(call_ike(&ike, NULL, NULL, "moon"), CLI_WRONG);
	expect_owner("10.0.3.10", "bob lab 0 2");
}

static void apply(void)
{
	struct cli cli;
	char *conf;

	open_cli(&cli, &conf);
	cli.quiet = true;
	call(&cli, &cmd_apply, "");
	check_kernel("apply");
	free(conf);
}

static void who_has_no_policy_is_closed(void **state)
{
	(void)state;
	/* whose address was bob's before */
	up("bob", "10.0.2.10/32", "1");
	expect_refused("dave", "10.0.2.10/32", "\"dave\" is closed (no file)");
	expect_owner("10.0.2.10", "dave road 1 1");
	/* he need not come again to be let in */
	put("policy/dave.pf", OPEN);
	apply();
	expect_owner("10.0.2.10", "dave road 1 1");
	assert_int_equal(state_of("dave"), CLIENT_OPEN);
	/* nor can he be sent away, but shut out */
	put("policy/dave.pf", "[KILL]\n");
	expect_refused("dave", "10.0.2.10/32", "\"dave\" is closed ([KILL])");
	expect_owner("10.0.2.10", "dave road 1 2");
	put("policy/dave.pf", OPEN);
	up("dave", "10.0.2.10/32", "1");
	take_away("policy/dave.pf");
	expect_refused("dave", "10.0.2.10/32", "\"dave\" is closed (no file)");
	down("dave", "10.0.2.10/32", "1");
	down("dave", "10.0.2.10/32", "1");
	down("dave", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "dave road 1 1");
	down("dave", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "");
}

/* The old rules stay, as with OpenVPN. */
static void a_bad_file_keeps_what_was_before(void **state)
{
	struct cli cli;
	char *conf;

	(void)state;
	up("bob", "10.0.2.11/32", "1");
	put("policy/bob.pf", "oops\n");
	open_cli(&cli, &conf);
	cli.env.strongswan = (struct cli_ike){
		.verb = "up-client", .addr = "10.0.2.12/32", .id = "bob",
	};
	assert_int_equal(call(&cli, &cmd_updown, ""), CLI_OK);
	free(conf);
	assert_non_null(strstr(said, "bob.pf:1:1: error"));
	put("policy/bob.pf", OPEN);
	check_kernel("bad file");
	expect_owner("10.0.2.12", "bob road 0 1");
}

static void a_client_has_two_ways_in(void **state)
{
	(void)state;
	up("alice", "10.0.2.10/32", "1");
	expect_owner("10.8.0.2", "alice office");
	put("policy/bob.pf", "[CLIENTS DROP]\n+alice\n[END]\n");
	up("bob", "10.0.2.11/32", "2");
	/* the same name comes by OpenVPN, too, and goes */
	assert_int_equal(openvpn(&cmd_learn_address, NULL, NULL,
				 "add 10.8.0.7 alice"), CLI_OK);
	expect_owner("10.8.0.7", "alice office 0 1");
	expect_owner("10.0.2.10", "alice road 1 1");
	assert_int_equal(openvpn(&cmd_disconnect, "alice", "10.8.0.7", ""),
			 CLI_OK);
	expect_owner("10.8.0.7", "");
	expect_owner("10.0.2.10", "alice road 1 1");
	down("alice", "10.0.2.10/32", "1");
	expect_owner("10.0.2.10", "");
	expect_owner("10.8.0.2", "alice office");
}

/* Which of two OpenVPN servers it is cannot be told; IPsec it is not. */
static void openvpn_takes_nothing_from_ipsec(void **state)
{
	struct cli cli;
	char *conf;

	(void)state;
	put("vpnpf.conf", "policy = policy\nstate-dir = state\n"
	    "openvpn office { dev = tun0 }\nopenvpn home { dev = tun1 }\n"
	    "ipsec road { dev = eth0 local = '192.0.2.1'\n"
	    "clients = { '10.0.2.0/24' } }\n");
	up("alice", "10.0.2.10/32", "1");
	open_cli(&cli, &conf);
	cli.env.common_name = "alice";
	cli.env.addr4 = "10.0.2.10";
	assert_int_equal(call(&cli, &cmd_disconnect, ""), CLI_OK);
	assert_int_equal(call(&cli, &cmd_learn_address, "delete 10.0.2.10"),
			 CLI_OK);
	cli.conf.instance = "road";
	assert_int_equal(call(&cli, &cmd_disconnect, ""), CLI_OK);
	assert_int_equal(call(&cli, &cmd_learn_address, "delete 10.0.2.10"),
			 CLI_OK);
	free(conf);
	expect_owner("10.0.2.10", "alice road 1 1");
}

static void a_daemon_that_starts_has_no_tunnels(void **state)
{
	(void)state;
	up("alice", "10.0.2.10/32", "1");
	up("alice", "10.0.2.10/32", "1");
	up("bob", "10.0.2.30/32", "2");
	up("bob", "10.0.3.10/32", "3");
	assert_int_equal(call_ike(NULL, NULL, "reset", "lab"), CLI_OK);
	check_kernel("reset");
	expect_owner("10.0.3.10", "");
	expect_owner("10.0.2.10", "alice road 1 2");
	up("bob", "10.0.3.10/32", "3");
	assert_int_equal(call_ike(NULL, NULL, "reset", NULL), CLI_OK);
	check_kernel("reset");
	expect_owner("10.0.3.10", "");
	expect_owner("10.0.2.10", "");
	expect_owner("10.0.2.30", "carol road");
	assert_int_equal(call_ike(NULL, NULL, "reset", "office"), CLI_WRONG);
}

#define IN_PLACE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(a_tunnel_comes_and_goes),
		IN_PLACE(what_comes_late_is_nothing),
		IN_PLACE(an_up_that_comes_twice_needs_two_downs),
		IN_PLACE(two_tunnels_of_an_address_have_no_reqid),
		IN_PLACE(a_reqid_is_of_one_client),
		IN_PLACE(a_live_name_goes_before_the_map),
		IN_PLACE(a_network_behind_a_client_is_the_clients),
		IN_PLACE(the_user_goes_before_the_identity),
		IN_PLACE(rekeying_keeps_the_address),
		IN_PLACE(daemons_are_not_mixed_up),
		IN_PLACE(addresses_outside_are_refused),
		IN_PLACE(a_tunnel_that_ends_elsewhere_is_nobodys),
		IN_PLACE(a_tunnel_with_another_interface_is_nobodys),
		IN_PLACE(who_libreswan_tells_of_is_nobody),
		IN_PLACE(who_has_no_name_is_nobody),
		IN_PLACE(odd_reqids_are_not_known),
		IN_PLACE(other_calls_are_refused),
		IN_PLACE(the_section_is_that_of_the_address),
		IN_PLACE(who_has_no_policy_is_closed),
		IN_PLACE(a_bad_file_keeps_what_was_before),
		IN_PLACE(a_client_has_two_ways_in),
		IN_PLACE(openvpn_takes_nothing_from_ipsec),
		IN_PLACE(a_daemon_that_starts_has_no_tunnels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
