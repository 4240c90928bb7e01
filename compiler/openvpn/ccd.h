/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of client-config-dir -> the addresses that it gives its client.
 * OpenVPN skips a line it cannot use and lets the client in; so those are
 * warnings that say what happens, and the rest of the file counts.
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/base/prefix.h"

struct ccd_net {
	struct prefix net;
	struct loc at;
};

struct ccd {
	bool has_ip4, has_ip6;
	struct ccd_net ip4, ip6;	/* ifconfig-push, ifconfig-ipv6-push:
					 * the client's own address, a host */
	VEC(struct ccd_net) iroutes;	/* iroute, iroute-ipv6 */
	bool disable;
	struct loc disable_at;
};

/*
 * Parse SRC.  "config FILE" includes are read from WORKDIR (the folder that
 * the server runs in), at most 10 deep, into SET.  Returns 0, or -errno
 * when an include cannot be read (said).  End with ccd_fini either way.
 */
int ccd_parse(const struct source *src, const char *workdir,
	      struct sources *set, struct ccd *out, struct diag *d);
void ccd_fini(struct ccd *ccd);
