/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parser of a client-config-dir file: the addresses of its client.  OpenVPN
 * skips a line that is wrong and lets the client in, so a wrong line is a
 * warning here, and the other lines count.
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
 * Parse SRC.  "config FILE" includes are read from WORKDIR (the server's
 * working directory), at most 10 deep, into SET.  Returns 0, or -errno when an
 * include cannot be read (reported).  End with ccd_fini either way.
 */
int ccd_parse(const struct source *src, const char *workdir,
	      struct sources *set, struct ccd *out, struct diag *d);
void ccd_fini(struct ccd *ccd);
