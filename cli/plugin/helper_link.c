/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/plugin/helper_link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int say(const struct helper_link *l, int ret, const char *text)
{
	l->log(PLOG_ERR, "vpnpf", "%s", text);
	return ret;
}

/* Log the helper's messages, line by line. */
static void say_answer(const struct helper_link *l,
		       const struct helper_answer *a)
{
	const openvpn_plugin_log_flags_t level = a->status ? PLOG_ERR
							   : PLOG_NOTE;
	const char *text = a->text;
	size_t n;

	for (; *text; text += n + (text[n] != '\0')) {
		n = strcspn(text, "\n");
		l->log(level, "vpnpf", "%.*s", (int)n, text);
	}
}

static int say_gone(struct helper_link *l)
{
	helper_link_end(l);
	return say(l, -EPIPE, "the helper is gone: no client can connect until OpenVPN is restarted");
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait for something to receive: 0, or -ETIMEDOUT. */
static int wait_for(const struct helper_link *l, int64_t until)
{
	struct pollfd fd = { .fd = l->sock, .events = POLLIN };
	int64_t left;
	int r;

	do {
		left = until - now_ms();
		if (left < 0)
			left = 0;
		r = poll(&fd, 1, (int)left);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			break;
	} while (left);
	return -ETIMEDOUT;
}

/* 0; -EAGAIN: no answer yet; -EPIPE: there will be no answer (reported). */
static int receive(struct helper_link *l, struct helper_answer *a)
{
	ssize_t n;
	int size;

	do
		n = recv(l->sock, a, sizeof(*a), MSG_DONTWAIT | MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return -EAGAIN;
	size = n > 0 ? helper_answer_read(a, (size_t)n) : -1;
	if (size < 0)
		return say_gone(l);
	a->text[size] = '\0';
	l->answered = a->seq;
	return 0;
}

/* Receive the answer to question SEQ; earlier answers are dropped. */
static int receive_until(struct helper_link *l, uint32_t seq,
			 struct helper_answer *a)
{
	int64_t until = now_ms() + HELPER_SECONDS * 1000;
	int r;

	do {
		r = receive(l, a);
		if (r == -EAGAIN && wait_for(l, until))
			return say(l, -ETIMEDOUT, "the helper does not answer");
	} while (r == -EAGAIN || (!r && a->seq != seq));
	return r;
}

/* Drop answers that are too late. */
static int drop_late(struct helper_link *l)
{
	struct helper_answer a;
	int r;

	if (l->sock < 0)
		return say_gone(l);
	do
		r = receive(l, &a);
	while (!r);
	return r == -EAGAIN ? 0 : r;
}

static int send_question(struct helper_link *l, struct helper_question *q)
{
	ssize_t n;

	if (q->too_long)
		return say(l, -EMSGSIZE, "OpenVPN's variables are too long");
	q->wire.seq = l->asked + 1;
	do
		n = send(l->sock, &q->wire, helper_question_size(q),
			 MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return say(l, -EAGAIN, "the helper takes no more questions");
	if (n < 0)
		return say_gone(l);
	l->asked++;
	return 0;
}

/* While an earlier question has no answer, do not wait: OpenVPN would block
 * again for each client. */
int helper_link_ask(struct helper_link *l, struct helper_question *q,
		    bool farewell)
{
	struct helper_answer a;
	bool busy;
	int r;

	r = drop_late(l);
	if (r)
		return r;
	busy = l->asked != l->answered;
	if (busy && !farewell)
		return say(l, -EBUSY, "the helper has not yet answered what was asked before");
	r = send_question(l, q);
	if (r || busy)
		return r;
	r = receive_until(l, l->asked, &a);
	if (r)
		return r;
	say_answer(l, &a);
	return a.status ? -EACCES : 0;
}

/* Report this in the same form as the helper reports errors. */
static void say_not_run(const char *program)
{
	struct helper_answer a = { .status = 2 };
	char text[512];
	int n = snprintf(text, sizeof(text), "cannot run %s: %s", program,
			 strerror(errno));

	if (n >= (int)sizeof(text))
		n = sizeof(text) - 1;
	(void)!write(HELPER_FD, &a, helper_answer_fill(&a, text, (size_t)n));
}

/* What execve gets. */
struct program {
	const char *path;
	char **argv;
	const char *const *envp;
};

static _Noreturn void run_helper(int sock, const struct program *p)
{
	sigset_t none;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (sock == HELPER_FD)
		fcntl(sock, F_SETFD, 0);
	else
		dup2(sock, HELPER_FD);
	close_range(HELPER_FD + 1, ~0u, 0);
	execve(p->path, p->argv, (char *const *)p->envp);
	say_not_run(p->path);
	_exit(127);
}

/* OpenVPN does not wait for unknown children: our child has ended when this
 * returns, and init adopts its child. */
static int start_process(int sock, const struct program *p)
{
	pid_t pid = fork();

	if (!pid) {
		pid = fork();
		if (!pid)
			run_helper(sock, p);
		_exit(pid < 0);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return pid < 0 ? -errno : 0;
}

static int start(struct helper_link *l, const struct program *p)
{
	int ends[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	l->sock = ends[0];
	r = start_process(ends[1], p);
	close(ends[1]);
	return r;
}

int helper_link_start(struct helper_link *l, const char *program,
		      const char *const *given, const char *const *envp)
{
	struct program p = { .path = program, .envp = envp };
	struct helper_answer a;
	char **argv;
	size_t n = 0;
	int r;

	while (given[n])
		n++;
	argv = calloc(n + 3, sizeof(*argv));
	if (!argv)
		return say(l, -ENOMEM, "no memory");
	argv[0] = (char *)program;
	memcpy(argv + 1, given, n * sizeof(*argv));
	argv[n + 1] = (char *)"helper";
	p.argv = argv;
	r = start(l, &p);
	free(argv);
	if (r)
		return say(l, r, "cannot start the helper");
	r = receive_until(l, 0, &a);
	if (r)
		return r;
	say_answer(l, &a);
	return a.status ? -EACCES : 0;
}

void helper_link_end(struct helper_link *l)
{
	if (l->sock >= 0)
		close(l->sock);
	l->sock = -1;
}
