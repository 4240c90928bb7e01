/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's rules, ours and foreign ones. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "backends/backend.h"
#include "cli/doctor/doctor.h"

/* The backend's name has been checked before. */
static int open_backend(struct doctor *x, struct cli_handle *out)
{
	struct diag silent = { 0 };

	return cli_open_backend(x->cli, &x->compile.load.conf, out, &silent);
}

static void find_no_backend(struct doctor *x)
{
	struct cli_handle h;
	int r = open_backend(x, &h);

	if (!r)
		h.backend->close(h.handle, false);
	else if (r == -EPROTONOSUPPORT)
		doctor_found(x, NULL, LOC_NONE, "this kernel has no %s",
			     h.backend->name);
	else
		diag_note(&x->cli->diag, LOC_NONE,
			  "cannot read the kernel's rules: %s",
			  strerror(-r));
}

static void found(void *arg, const char *what)
{
	doctor_found(arg, NULL, LOC_NONE, "%s", what);
}

static void find_foreign_accept(struct doctor *x)
{
	struct cli_handle h;

	if (open_backend(x, &h))
		return;
	if (h.backend->find_foreign)
		h.backend->find_foreign(h.handle, &x->compile.policy, found, x,
					&x->cli->diag);
	h.backend->close(h.handle, false);
}

const struct doctor_check doctor_rule_checks[] = {
	{ "backend-missing",
	  "another backend in vpnpf.conf; iptables-legacy: a kernel with ip_tables, since Linux 6.17 with CONFIG_NETFILTER_XTABLES_LEGACY",
	  find_no_backend, NULL },
	{ "foreign-accept",
	  "vpnpf apply puts its own first again; with iptables-table = security the order does not matter",
	  find_foreign_accept, NULL },
	{ NULL, NULL, NULL, NULL },
};
