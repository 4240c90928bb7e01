/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other end of vpnpf-openvpn.so: a process that keeps the privileges that
 * OpenVPN drops. For each question of the plugin it does the work of a hook
 * process. It ends when OpenVPN ends, in any way.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/hook/hook.h"
#include "cli/plugin/helper_msg.h"
#include "cli/plugin/rights.h"

static bool is_plugin(int fd)
{
	int type = 0;
	socklen_t size = sizeof(type);

	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) &&
	       type == SOCK_SEQPACKET;
}

/* These signals are for OpenVPN, which needs us until it has ended. */
static void ignore_signals(void)
{
	static const int all[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		signal(all[i], SIG_IGN);
}

/* A process that waits until these files are closed must not wait for us.
 * Sanitizers need stderr. */
static void leave_standard_files(void)
{
#ifndef CHECKED_BUILD
	int fd, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	close(null);
#endif
}

/* Send the messages to the plugin. False: the plugin is gone. */
static bool tell(struct cli *cli, uint32_t seq, int status)
{
	struct helper_answer a = { .seq = seq, .status = (uint32_t)status };
	size_t size;
	char *text = diag_take(&cli->diag, &size);
	ssize_t n;

	size = helper_answer_fill(&a, text, size);
	free(text);
	do
		n = send(HELPER_FD, &a, size, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n >= 0;
}

/* Are configuration, state and kernel accessible, and may this server have
 * clients? With an error now, the server does not start; later, no client could
 * connect. Modules that the kernel needs are loaded by this, and the rights for
 * it are not needed any more. */
static bool say_ready(const struct cli *helper)
{
	struct cli cli = *helper;
	struct hook_call h;
	int r;

	diag_hold(&cli.diag);
	r = hook_open(&cli, "", &h);
	if (!r)
		r = sync_ready(&h.sync);
	/* a server that is not known now may be known by its interface */
	if (!r && h.instance)
		r = hook_check_server(&h);
	r = hook_close(&h, r);
	if (!r)
		r = rights_reduce(&cli.diag);
	return tell(&cli, 0, cli_status(r)) && !r;
}

static int run_hook(struct cli *cli, int argc, char **argv)
{
	static const struct command *const hooks[] = {
		&cmd_connect, &cmd_disconnect, &cmd_learn_address,
	};
	size_t i;

	for (i = 0; i < sizeof(hooks) / sizeof(*hooks); i++)
		if (argc && !strcmp(hooks[i]->name, argv[0]))
			return hooks[i]->run(cli, argc, argv);
	diag_error(&cli->diag, LOC_NONE, 0, "this is no question of a plugin");
	return CLI_TROUBLE;
}

/* Set up struct cli as main.c does for a process. */
static bool answer(const struct cli *helper, struct helper_question *q,
		   size_t size)
{
	char *words[HELPER_WORDS + 1];
	int n = helper_question_read(q, size, words), status;
	struct cli cli = *helper;

	diag_hold(&cli.diag);
	cli.env = (struct cli_env){
		.common_name = helper_question_env(q, "common_name"),
		.addr4 = helper_question_env(q, "ifconfig_pool_remote_ip"),
		.addr6 = helper_question_env(q, "ifconfig_pool_remote_ip6"),
		.dev = helper_question_env(q, "dev"),
		.config = helper_question_env(q, "config"),
	};
	status = run_hook(&cli, n, words);
	return tell(&cli, q->wire.seq, status);
}

static void serve(const struct cli *helper)
{
	struct helper_question q;
	ssize_t n;

	do
		n = recv(HELPER_FD, &q.wire, sizeof(q.wire), MSG_TRUNC);
	while ((n < 0 && errno == EINTR) ||
	       (n > 0 && answer(helper, &q, (size_t)n)));
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct cli_handle kept = { 0 };
	struct cli helper = *cli;
	bool ready;

	(void)argv;
	if (argc != 1 || !is_plugin(HELPER_FD)) {
		diag_error(&cli->diag, LOC_NONE, 0,
			   "the helper is started by vpnpf-openvpn.so, within OpenVPN");
		return CLI_TROUBLE;
	}
	helper.handle_cache = &kept;
	helper.diag.journal = false;	/* OpenVPN logs it */
	ignore_signals();
	ready = say_ready(&helper);
	leave_standard_files();
	if (ready)
		serve(&helper);
	if (kept.handle)
		kept.backend->close(kept.handle, false);
	return ready ? CLI_OK : CLI_TROUBLE;
}

const struct command cmd_helper = {
	.name = "helper",
	.args = "",
	.help = "started by vpnpf-openvpn.so, within OpenVPN",
	.run = run,
	.hook = true,
	.internal = true,
};
