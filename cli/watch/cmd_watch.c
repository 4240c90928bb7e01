/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Denied packets, as the kernel logs them. The prefix of the log rule shows the
 * place; the policy gives the clients and the deciding line.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "backends/nflog/packet_log.h"
#include "cli/watch/watch.h"
#include "compiler/base/dir.h"

/*
 * The state tables, which are replaced at every change of the policy or of the
 * connected clients.
 */
struct tables {
	struct stamp live, policy;
};

struct watching {
	struct cli *cli;
	struct compile compile;
	struct query question;
	struct tables tables;	/* the tables from which the policy was read */
	int status;
};

/* By path: the directory may not exist yet, and is created again at boot. */
static void look_at_tables(const struct conf *conf, struct tables *out)
{
	int dir = dir_open(conf->state_dir);

	*out = (struct tables){ 0 };
	if (dir < 0)
		return;
	stamp_read(dir, "live", &out->live);
	stamp_read(dir, "policy", &out->policy);
	close(dir);
}

/* Errors in files have been reported by apply. */
static int read_policy(struct watching *x)
{
	struct cli quiet = *x->cli;
	int r;

	quiet.diag.quiet = true;
	r = cli_read(&quiet, COMPILE_TOLERANT, &x->compile);
	if (!r)
		query_init(&x->question, &x->compile.load, &x->compile.policy);
	return r;
}

static void drop_policy(struct watching *x)
{
	query_fini(&x->question);
	compile_fini(&x->compile);
}

/* If reading fails, the previous policy stays in use. */
static void refresh(struct watching *x)
{
	struct watching fresh = { .cli = x->cli };
	struct tables now;

	look_at_tables(&x->compile.load.conf, &now);
	if (!memcmp(&now, &x->tables, sizeof(now)))
		return;
	/* from before reading: changes during the read are read again */
	x->tables = now;
	if (read_policy(&fresh)) {
		compile_fini(&fresh.compile);
		return;
	}
	drop_policy(x);
	/* its ends are set for each packet */
	x->compile = fresh.compile;
	query_init(&x->question, &x->compile.load, &x->compile.policy);
	query_fini(&fresh.question);
}

static void take_packet(void *arg, const struct logged_packet *p)
{
	struct watching *x = arg;

	refresh(x);
	if (x->cli->json)
		watch_print_json(&x->question, p);
	else
		watch_print(&x->question, p);
	if (fflush(stdout))
		x->status = CLI_TROUBLE;	/* main reports it */
}

static int take_what_came(struct watching *x, struct packet_log *log)
{
	struct diag *d = &x->cli->diag;
	int r = packet_log_read(log, take_packet, x);
	uint32_t lost = packet_log_lost(log);

	if (lost)
		diag_warn(d, LOC_NONE,
			  "lost %" PRIu32 " packets that were logged", lost);
	if (r != -ENOBUFS)
		return r ? diag_error(d, LOC_NONE, r,
				      "cannot read logged packets: %s",
				      strerror(-r)) : 0;
	diag_warn(d, LOC_NONE,
		  "packets are logged faster than they are shown: some are lost");
	return 0;
}

/* Run until a signal ends it. */
static int watch(struct watching *x, struct packet_log *log, int signals)
{
	struct pollfd fds[] = {
		{ .fd = packet_log_fd(log), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};

	while (!x->status) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return CLI_TROUBLE;
		if (fds[1].revents)
			return CLI_OK;
		if (fds[0].revents && take_what_came(x, log))
			return CLI_TROUBLE;
	}
	return x->status;
}

static int take_signals(void)
{
	sigset_t end;

	sigemptyset(&end);
	sigaddset(&end, SIGINT);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	return signalfd(-1, &end, SFD_CLOEXEC);
}

static int watch_group(struct watching *x)
{
	const struct log_options *options = &x->compile.load.conf.log;
	struct packet_log *log;
	int signals, status;

	if (!options->on) {
		diag_error(&x->cli->diag, LOC_NONE, 0,
			   "nothing is logged: set log-group in vpnpf.conf, and apply");
		return CLI_WRONG;
	}
	if (packet_log_open(options->group, &log, &x->cli->diag))
		return CLI_TROUBLE;
	signals = take_signals();
	status = watch(x, log, signals);
	close(signals);
	packet_log_close(log);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct watching x = { .cli = cli };
	int r;

	(void)argv;
	if (argc > 1)
		return cli_usage(cli, &cmd_watch);
	r = read_policy(&x);
	if (r) {
		compile_fini(&x.compile);
		return cli_status(r);
	}
	r = watch_group(&x);
	drop_policy(&x);
	return r;
}

const struct command cmd_watch = {
	.name = "watch",
	.args = "",
	.help = "denied packets as they happen, and which line denied them",
	.run = run,
};
