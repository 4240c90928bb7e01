/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A management interface that says what a test wants it to, as OpenVPN 2.6 does
 * and as it never should.
 */
#include "config.h"

#include "cli/server/session.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define GREETING ">INFO:OpenVPN Management Interface Version 5 -- type 'help' " \
		 "for more info\r\n"
#define STATUS "TITLE\tOpenVPN 2.6\r\nTIME\tx\t1795239319\r\n" \
	"HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tClient ID\r\n" \
	"CLIENT_LIST\ta:b \"c\t100.64.0.2:7\t3\r\n" \
	">CLIENT:ESTABLISHED,4\r\n>CLIENT:ENV,END\r\n" \
	"CLIENT_LIST\tjohn\t100.64.0.3:7\t12\r\n" \
	"ROUTING_TABLE\t10.8.0.2\ta:b \"c\tx\tx\tx\r\n" \
	"ROUTING_TABLE\t10.8.0.3\tjohn\tx\tx\tx\r\nEND\r\n"

static char folder[64];
static struct instance server = { .name = (char[]){ "office" } };
static char *said;

/* One turn: wait for a line WANTED (NULL: for nothing), then say TEXT. */
struct turn {
	const char *wanted, *text;
};

static int listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(addr.sun_path, path);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 1))
		abort();
	return fd;
}

/* Exit status: 0, or the number of the turn that went wrong. */
static int serve(int listener, const struct turn *turns)
{
	const struct turn *t;
	char line[256];
	int fd = accept(listener, NULL, NULL);
	FILE *f = fdopen(fd, "r+");

	for (t = turns; t->wanted || t->text; t++) {
		if (t->wanted && (!fgets(line, sizeof(line), f) ||
				  strcmp(line, t->wanted) != 0))
			return (int)(t - turns) + 1;
		if (t->text)
			fputs(t->text, f);
		fflush(f);
	}
	/* until the other side has had enough */
	while (fgets(line, sizeof(line), f))
		;
	return 0;
}

static pid_t start(const struct turn *turns)
{
	int listener = listen_at(server.management);
	pid_t pid = fork();

	if (!pid)
		_exit(serve(listener, turns));
	close(listener);
	return pid;
}

static void end(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/vpnpf-manage.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	server.management = mem_printf("%s/socket", folder);
	server.management_port = mem_printf("unix");
	server.management_pw = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(server.management);
	if (server.management_pw)
		unlink(server.management_pw);
	free(server.management);
	free(server.management_port);
	free(server.management_pw);
	free(said);
	said = NULL;
	return rmdir(folder);
}

static void give_password(const char *text)
{
	FILE *f;

	server.management_pw = mem_printf("%s/password", folder);
	f = fopen(server.management_pw, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* "management john a:b "c", who is connected, or what was said. */
static const char *session_of(const struct turn *turns)
{
	static char text[512];
	const struct ovstatus_client *c;
	struct sources set = { 0 };
	struct session session;
	struct diag d = { 0 };
	pid_t pid = turns ? start(turns) : 0;
	size_t size;

	free(said);
	d.out = open_memstream(&said, &size);
	session_read(&server, &set, &session, &d);
	fclose(d.out);
	snprintf(text, sizeof(text), "%s",
		 session.source == SESSION_MANAGEMENT ? "management" :
		 session.source == SESSION_STATUS ? "status" : "unknown");
	vec_each(c, &session.status.clients)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 " %.*s", STR_ARG(c->name));
	session_fini(&session);
	sources_fini(&set);
	if (pid)
		end(pid);
	return text;
}

#define TURNS(...) ((const struct turn[]){ __VA_ARGS__, { NULL, NULL } })

static void clients_are_those_that_it_lists(void **state)
{
	(void)state;
	assert_string_equal(session_of(TURNS({ NULL, GREETING },
					     { "status 3\n", STATUS })),
			    "management a:b \"c john");
	assert_string_equal(said, "");
}

static void a_password_is_given(void **state)
{
	(void)state;
	give_password("se cret\r\nmore\n");
	assert_string_equal(session_of(TURNS({ NULL, "ENTER PASSWORD:" },
		{ "se cret\n", "SUCCESS: password is correct\r\n" GREETING },
		{ "status 3\n", STATUS })), "management a:b \"c john");
	assert_string_equal(said, "");
}

static void a_wrong_password_is_said(void **state)
{
	(void)state;
	give_password("wrong");
	assert_string_equal(session_of(TURNS({ NULL, "ENTER PASSWORD:" },
		{ "wrong\n", "ENTER PASSWORD:" })), "unknown");
	assert_non_null(strstr(said, "\"office\": it does not take the password"));
}

static void a_password_that_is_wanted_and_missing_is_said(void **state)
{
	(void)state;
	assert_string_equal(session_of(TURNS({ NULL, "ENTER PASSWORD:" })),
			    "unknown");
	assert_non_null(strstr(said, "there is none to read"));
	server.management_pw = mem_printf("%s/none", folder);
	assert_string_equal(session_of(TURNS({ NULL, "ENTER PASSWORD:" })),
			    "unknown");
	assert_non_null(strstr(said, "there is none to read"));
}

/* Whatever it does, it has no more than its seconds. */
static void silence_is_not_waited_for(void **state)
{
	struct timespec a, b;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_string_equal(session_of(TURNS({ NULL, "" })), "unknown");
	assert_non_null(strstr(said, "no answer"));
	assert_string_equal(session_of(TURNS({ NULL, GREETING },
					     { "status 3\n", "TITLE\tx\r\n" })),
			    "unknown");
	assert_non_null(strstr(said, "no answer"));
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_true(b.tv_sec - a.tv_sec <= 4 * MANAGE_SECONDS);
}

static void other_servers_are_told_apart(void **state)
{
	(void)state;
	assert_string_equal(session_of(TURNS({ NULL, "220 mail\r\n" })),
			    "unknown");
	assert_non_null(strstr(said, "this is no management interface"));
	assert_string_equal(session_of(TURNS({ NULL, GREETING },
		{ "status 3\n", "ERROR: no\r\n" })), "unknown");
	assert_string_equal(session_of(TURNS({ NULL, GREETING },
		{ "status 3\n", "hello\r\nEND\r\n" })), "unknown");
	assert_non_null(strstr(said, "is no status of OpenVPN"));
}

/* That a server does not run is nothing to be warned of. */
static void without_a_server_nothing_is_said(void **state)
{
	(void)state;
	assert_string_equal(session_of(NULL), "unknown");
	assert_string_equal(said, "");
}

/* A client, how it is connected, and the commands that end its connection. */
#define LISTED(name, real) \
	"TITLE\tOpenVPN 2.6\r\nTIME\tx\t1795239319\r\n" \
	"HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tClient ID\r\n" \
	"CLIENT_LIST\tjohn\t100.64.0.3:7\t12\r\n" \
	"CLIENT_LIST\tnew\t100.64.0.4:7\t13\r\n" \
	"CLIENT_LIST\t" name "\t" real "\t3\r\n" \
	"ROUTING_TABLE\t10.8.0.2\t" name "\tx\tx\tx\r\n" \
	"ROUTING_TABLE\t10.8.0.3\tjohn\tx\tx\tx\r\nEND\r\n"
#define KILLED "SUCCESS: common name 'x' found, 1 client(s) killed\r\n"
#define NO_ADDRESS "ERROR: client at address 100.64.0.2:7 not found\r\n"

static bool is_not_john(void *arg, struct str name)
{
	(void)arg;
	return !str_equal(name, STR("john"));
}

static void count_ended(void *arg, struct str name)
{
	assert_false(str_equal(name, STR("john")));
	++*(unsigned int *)arg;
}

/* How many connections were ended; all of TURNS must have come. */
static unsigned int ended_by(const struct turn *turns)
{
	unsigned int ended = 0;
	const struct session_call call = { is_not_john, count_ended, &ended };
	struct sources set = { 0 };
	struct diag d = { 0 };
	pid_t pid = start(turns);

	assert_int_equal(session_end(&server, &set, &call, &d), 0);
	end(pid);
	assert_int_equal(d.warnings, 0);
	sources_fini(&set);
	return ended;
}

#define ENDED(name, real, ...) \
	ended_by(TURNS({ NULL, GREETING }, \
		       { "status 3\n", LISTED(name, real) }, __VA_ARGS__))

/* As OpenVPN's option parser reads them; "new" has no address yet, and "nick"
 * in "nicky" and "old nick" is no client of its own. */
static void names_are_quoted(void **state)
{
	(void)state;
	assert_int_equal(ENDED("nick", "100.64.0.2:7",
		{ "kill \"nick\"\n", ">LOG:x\r\n" KILLED }), 1);
	assert_int_equal(ENDED("old nick ", "100.64.0.2:7",
		{ "kill \"old nick \"\n", KILLED }), 1);
	assert_int_equal(ENDED("a\"b\\c'd", "100.64.0.2:7",
		{ "kill \"a\\\"b\\\\c'd\"\n", KILLED }), 1);
	assert_int_equal(ENDED("J\303\274rgen #;,", "[fd00::2]:7",
		{ "kill \"J\303\274rgen #;,\"\n", KILLED }), 1);
}

/* "kill a:b" means port b of host a, and "kill a:" the client "a". */
static void names_with_a_colon_go_by_their_address(void **state)
{
	(void)state;
	assert_int_equal(ENDED("a:b", "100.64.0.2:7",
		{ "kill 100.64.0.2:7\n", KILLED }), 1);
	assert_int_equal(ENDED("john:", "100.64.0.2:7",
		{ "kill 100.64.0.2:7\n", KILLED }), 1);
	assert_int_equal(ENDED(":a", "udp4:100.64.0.2:7",
		{ "kill udp:100.64.0.2:7\n", KILLED }), 1);
	assert_int_equal(ENDED("udp:1.2.3.4:5", "tcp4-server:100.64.0.2:7",
		{ "kill tcp:100.64.0.2:7\n", KILLED }), 1);
	/* everybody in a handshake has this name */
	assert_int_equal(ENDED("UNDEF", "100.64.0.2:7",
		{ "kill 100.64.0.2:7\n", KILLED }), 1);
}

/* Nothing that the client's program takes for an order. */
static void what_has_no_ipv4_address_goes_by_its_number(void **state)
{
	(void)state;
	assert_int_equal(ENDED("a:b", "fd00::2:7",
		{ "client-kill 3 INFO\n", KILLED }), 1);
	assert_int_equal(ENDED("a:b", "udp6:[fd00::2]:7",
		{ "client-kill 3 INFO\n", KILLED }), 1);
	/* a socket for both families */
	assert_int_equal(ENDED("a:b", "100.64.0.2:7",
		{ "kill 100.64.0.2:7\n", NO_ADDRESS },
		{ "client-kill 3 INFO\n", KILLED }), 1);
}

static void who_has_gone_by_itself_is_not_ended(void **state)
{
	(void)state;
	assert_int_equal(ENDED("nick", "100.64.0.2:7",
		{ "kill \"nick\"\n", "ERROR: common name 'nick' not found\r\n" }),
		0);
	assert_int_equal(ENDED("a:b", "100.64.0.2:7",
		{ "kill 100.64.0.2:7\n", NO_ADDRESS },
		{ "client-kill 3 INFO\n",
		  "ERROR: client-kill command failed\r\n" }), 0);
}

/* The first command ends both connections of a name. */
static void a_name_is_ended_once(void **state)
{
	(void)state;
	assert_int_equal(ENDED("nick", "100.64.0.2:7\t3\r\n"
			       "CLIENT_LIST\tnick\t100.64.0.9:7",
		{ "kill \"nick\"\n", KILLED },
		{ "kill \"nick\"\n",
		  "ERROR: common name 'nick' not found\r\n" }), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		T(clients_are_those_that_it_lists),
		T(a_password_is_given),
		T(a_wrong_password_is_said),
		T(a_password_that_is_wanted_and_missing_is_said),
		T(silence_is_not_waited_for),
		T(other_servers_are_told_apart),
		T(without_a_server_nothing_is_said),
		T(names_are_quoted),
		T(names_with_a_colon_go_by_their_address),
		T(what_has_no_ipv4_address_goes_by_its_number),
		T(who_has_gone_by_itself_is_not_ended),
		T(a_name_is_ended_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
