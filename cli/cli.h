/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all commands share: the options, the way to talk, the exit status.
 */
#pragma once

#include "backends/backend.h"
#include "compiler/base/diag.h"
#include "compiler/compile.h"

enum cli_status {
	CLI_OK,
	CLI_WRONG,		/* the input is wrong, or differences found */
	CLI_TROUBLE,		/* usage, files, kernel */
};

/* What an IKE daemon tells by environment; each may be NULL. */
struct cli_ike {
	const char *verb, *reqid;
	const char *addr;	/* the client's, within the tunnel */
	const char *user;	/* who it is by EAP or XAuth */
	const char *id;		/* its IKE identity; just a claim beside USER */
};

/* What is told by environment; each may be NULL. */
struct cli_env {
	/* OpenVPN */
	const char *common_name;
	const char *addr4, *addr6;	/* the client's: ifconfig_pool_... */
	const char *dev, *config;	/* the server's */
	struct cli_ike strongswan, racoon;
};

/* A backend, and its door to the kernel. */
struct cli_handle {
	const struct backend *backend;
	struct backend_handle *handle;	/* NULL: it is closed */
};

struct cli {
	struct cli_env env;
	struct conf_options conf;
	const char *backend;	/* -b; NULL: not given */
	bool dry_run;		/* -n */
	bool quiet;		/* -q */
	bool verbose;		/* -v */
	bool json;
	bool openvpn_25;	/* check --openvpn-2.5 */
	bool closed;		/* flush --closed */
	bool batch;		/* explain --batch */
	bool check;		/* reconcile --check */
	bool deep;		/* reconcile --deep */
	bool dot;		/* matrix --dot */
	bool offline;		/* doctor --offline */
	bool prometheus;	/* status --prometheus */
	bool color;		/* of what goes to stdout */
	/* What a process that stays keeps open from call to call; NULL: this
	 * one is for one call. */
	struct cli_handle *handle_cache;
	struct diag diag;
};

struct command {
	const char *name;
	const char *args;	/* as the usage shows them; "" for none */
	const char *help;	/* one line */
	/* argv[0] is the command's name.  Returns the exit status. */
	int (*run)(struct cli *cli, int argc, char **argv);
	/* Called by a daemon, which appends what it likes: nothing after the
	 * command's name is an option. */
	bool hook;
	bool internal;		/* nothing for people to call */
};

extern const struct command cmd_apply, cmd_check, cmd_connect, cmd_disconnect,
	cmd_doctor, cmd_explain, cmd_flush, cmd_helper, cmd_learn_address,
	cmd_matrix, cmd_print, cmd_reconcile, cmd_status, cmd_test, cmd_updown,
	cmd_watch;

/* Say how COMMAND is called; returns CLI_TROUBLE. */
int cli_usage(const struct cli *cli, const struct command *command);

/* The exit status for what a function returned: 0, or -errno (said). */
int cli_status(int r);

/* What -b or the configuration names, with "auto" or nothing the first; NULL
 * after it was said that there is none of that name. */
const struct backend *cli_backend(struct cli *cli, const struct conf *conf);

/*
 * Open it; with "auto" or nothing the first that this kernel has.  OUT has the
 * backend that was tried last.  0, or -errno, said in D: -EPROTONOSUPPORT when
 * this kernel has none; but that there is none of that name, -ENOENT, in CLI's.
 */
int cli_open_backend(struct cli *cli, const struct conf *conf,
		     struct cli_handle *out, struct diag *d);

/* One more for cli_read: --policy is enough, dev is then "tun*". */
#define CLI_ANY_DEV 64

/*
 * All that a command which changes nothing knows: the configuration, the state
 * (not locked), compile_files.  FLAGS: a sum of enum compile_flags and
 * CLI_ANY_DEV.  Returns as compile_files; end with compile_fini either way.
 */
int cli_read(struct cli *cli, unsigned int flags, struct compile *out);
