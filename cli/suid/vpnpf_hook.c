/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vpnpf-hook: the hooks for a server that is not root. A user who may execute
 * this can only call one of the hooks, as root with three capabilities: by its
 * file capabilities this program becomes root, and it runs vpnpf with the
 * configuration at its fixed path. The caller is not trusted: only the
 * arguments and variables that a hook needs are passed on, and none of them
 * names a file.
 */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/capability.h>

#include "paths.h"

#define PROGRAM SBINDIR "/vpnpf"

/* The limit of an argument's or variable's value: no name or address is
 * longer. */
#define VALUE_BYTES 255

/* "config" is missing: it names a file. */
static const char *const variables[] = {
	"common_name", "dev", "ifconfig_pool_remote_ip",
	"ifconfig_pool_remote_ip6",
};

enum { N_VARIABLES = sizeof(variables) / sizeof(*variables) };

struct call {
	char *argv[8];			/* of vpnpf */
	int argc;
	char *envp[N_VARIABLES + 1];
};

static _Noreturn __attribute__((format(printf, 1, 2))) void
refuse(const char *fmt, ...)
{
	va_list ap;

	fputs("vpnpf-hook: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static bool is_plain(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (i == VALUE_BYTES || (unsigned char)text[i] < ' ' ||
		    text[i] == 0x7f)
			return false;
	return true;
}

/* TEXT is not empty and has only bytes of SET. */
static bool is_of(const char *text, const char *set)
{
	return *text && is_plain(text) && !text[strspn(text, set)];
}

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static void pass(struct call *c, char *word)
{
	c->argv[c->argc++] = word;
}

static void take_learn_address(struct call *c, int argc, char **argv)
{
	bool deletes = argc > 1 && !strcmp(argv[1], "delete");

	if (argc < 3 || argc > 4 || (argc == 3 && !deletes) ||
	    (!deletes && strcmp(argv[1], "add") && strcmp(argv[1], "update")))
		refuse("learn-address add|update|delete ADDRESS [NAME]");
	if (!is_of(argv[2], DIGITS "abcdefABCDEF.:/@"))
		refuse("this is no address");
	if (argc == 4 && !is_plain(argv[3]))
		refuse("this is no name");
	for (; *argv; argv++)
		pass(c, *argv);
}

/* vpnpf does not need the files that OpenVPN names after "connect". */
static void take_arguments(struct call *c, char **argv, int argc)
{
	pass(c, (char *)PROGRAM);
	if (argc > 2 && !strcmp(argv[1], "--instance")) {
		if (!is_of(argv[2], DIGITS LETTERS "._-"))
			refuse("this is no name of an instance");
		pass(c, argv[1]);
		pass(c, argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (argc > 1 && !strcmp(argv[1], "learn-address"))
		take_learn_address(c, argc - 1, argv + 1);
	else if (argc > 1 && (!strcmp(argv[1], "connect") ||
			      !strcmp(argv[1], "disconnect")))
		pass(c, argv[1]);
	else
		refuse("[--instance NAME] connect|disconnect|learn-address ...");
}

static void take_variables(struct call *c)
{
	char **e;
	size_t i, n, kept = 0;

	for (i = 0; i < N_VARIABLES; i++) {
		n = strlen(variables[i]);
		for (e = environ; *e; e++)
			if (!strncmp(*e, variables[i], n) && (*e)[n] == '=')
				break;
		if (!*e)
			continue;
		if (!is_plain(*e + n + 1))
			refuse("%s is not plain", variables[i]);
		c->envp[kept++] = *e;
	}
}

static void reset_signals(void)
{
	sigset_t none;
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	/* a terminal must not stop a process that holds a lock */
	signal(SIGTSTP, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Reset what survives execve and could stop vpnpf or end it early. */
static void reset_process(void)
{
	static const int limits[] = {
		RLIMIT_AS, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE,
		RLIMIT_NOFILE, RLIMIT_STACK,
	};
	static const struct itimerval no_timer;
	struct rlimit limit = { 0 };
	size_t i;

	close_range(STDERR_FILENO + 1, ~0u, 0);
	umask(022);
	setrlimit(RLIMIT_CORE, &limit);
	for (i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		if (!getrlimit(limits[i], &limit)) {
			limit.rlim_cur = limit.rlim_max;
			setrlimit(limits[i], &limit);
		}
	setitimer(ITIMER_REAL, &no_timer, NULL);
	setitimer(ITIMER_VIRTUAL, &no_timer, NULL);
	setitimer(ITIMER_PROF, &no_timer, NULL);
	reset_signals();
}

#define BIT(cap) (1u << (cap))

/* Keep only these three until the end; none is inheritable. */
static void keep_own_capabilities(void)
{
	const uint32_t own = BIT(CAP_SETUID) | BIT(CAP_SETGID) |
			     BIT(CAP_SETPCAP);
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct data[2] = {
		{ .effective = own, .permitted = own },
	};

	if (syscall(SYS_capset, &head, data))
		refuse("has not its capabilities; see vpnpf(8), \"Unprivileged hooks\"");
}

/* By execve root gets what is left in the bounding set: for rules, and for
 * reading files of all users. openvpn-server@.service has only the stronger of
 * two capabilities for that. */
static void bound_capabilities(void)
{
	const unsigned long read = prctl(PR_CAPBSET_READ, CAP_DAC_READ_SEARCH,
					 0, 0, 0) > 0 ?
				   CAP_DAC_READ_SEARCH : CAP_DAC_OVERRIDE;
	const uint32_t kept = BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW) |
			      BIT(read);
	unsigned long cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if ((cap >= 32 || !(kept & BIT(cap))) &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			refuse("cannot drop capabilities: %s", strerror(errno));
}

static void become_root(void)
{
	keep_own_capabilities();
	bound_capabilities();
	if (setgroups(0, NULL) || setresgid(0, 0, 0) || setresuid(0, 0, 0))
		refuse("cannot become root: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct call call = { .argc = 0 };

	take_arguments(&call, argv, argc);
	take_variables(&call);
	reset_process();
	become_root();
	if (chdir("/"))
		refuse("cannot enter /: %s", strerror(errno));
	execve(PROGRAM, call.argv, call.envp);
	refuse("cannot run " PROGRAM ": %s", strerror(errno));
}
