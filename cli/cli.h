/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by all commands: options, messages, exit status.
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

/* Environment variables of an IKE daemon; each may be NULL. */
struct cli_ike {
	const char *verb, *reqid;
	const char *addr;	/* the client's, inside the tunnel */
	const char *user;	/* the user of EAP or XAuth */
	const char *id;		/* the IKE identity; not authenticated if there
				 * is a USER */
	const char *local;	/* our end of the tunnel; NULL: not told */
	const char *if_in, *if_out;	/* of the tunnel's xfrm interface; NULL:
					 * there is none */
	bool libreswan;		/* the daemon is no strongSwan, though it sets
				 * the same variables */
};

/* Environment variables; each may be NULL. */
struct cli_env {
	/* OpenVPN */
	const char *common_name;
	const char *addr4, *addr6;	/* the client's: ifconfig_pool_... */
	const char *dev, *config;	/* the server's */
	struct cli_ike strongswan, racoon;
};

/* A backend, and its handle to the kernel. */
struct cli_handle {
	const struct backend *backend;
	struct backend_handle *handle;	/* NULL: closed */
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
	bool force;		/* apply --force */
	bool for_start;		/* apply --for-start */
	bool batch;		/* explain --batch */
	bool check;		/* reconcile --check */
	bool deep;		/* reconcile --deep */
	bool dot;		/* matrix --dot */
	bool offline;		/* doctor --offline */
	bool prometheus;	/* status --prometheus */
	bool color;		/* of output on stdout */
	bool journal;		/* stdout: lines begin with their priority */
	/* A process for several calls keeps this open between them; NULL: the
	 * process is for one call. */
	struct cli_handle *handle_cache;
	struct diag diag;
};

struct command {
	const char *name;
	const char *args;	/* as the usage shows them; "" for none */
	const char *help;	/* one line */
	/* argv[0] is the command's name.  Returns the exit status. */
	int (*run)(struct cli *cli, int argc, char **argv);
	/* Called by a daemon, which may append any words: nothing after the
	 * command's name is an option. */
	bool hook;
	bool internal;		/* not for users */
};

extern const struct command cmd_apply, cmd_check, cmd_connect, cmd_disconnect,
	cmd_doctor, cmd_explain, cmd_flush, cmd_helper, cmd_learn_address,
	cmd_matrix, cmd_print, cmd_reconcile, cmd_status, cmd_test, cmd_updown,
	cmd_watch;

/* Print the usage of COMMAND; returns CLI_TROUBLE. */
int cli_usage(const struct cli *cli, const struct command *command);

/* The exit status for a function's result: 0, or -errno (reported). */
int cli_status(int r);

/* The backend of -b or the configuration; with "auto" or no name the first.
 * NULL: unknown name (reported). */
const struct backend *cli_backend(struct cli *cli, const struct conf *conf);

/*
 * Open the backend; with "auto" or no name the first that this kernel supports.
 * OUT has the backend that was tried last. 0, or -errno, reported in D:
 * -EPROTONOSUPPORT: this kernel supports none. -ENOENT: unknown name, reported
 * in CLI's diag.
 */
int cli_open_backend(struct cli *cli, const struct conf *conf,
		     struct cli_handle *out, struct diag *d);

/* Does the host translate addresses?  By the configuration's "nat", or as the
 * kernel says: no, if we have no right to ask. */
bool cli_host_has_nat(const struct conf *conf);

/* An additional flag for cli_read: --policy is enough, dev is "tun*" then. */
#define CLI_ANY_DEV 64
/* The same: the policy's nat is found. */
#define CLI_NAT 128

/*
 * Read the input of a command that changes nothing: the configuration, the
 * state (not locked), compile_files. FLAGS: a sum of enum compile_flags,
 * CLI_ANY_DEV and CLI_NAT. Returns as compile_files; end with compile_fini in both cases.
 */
int cli_read(struct cli *cli, unsigned int flags, struct compile *out);
