/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An OpenVPN server of the configuration, completed from its server.conf; for
 * conf.c only.
 */
#pragma once

#include "compiler/conf/conf.h"

/* Values that override those of the server.conf.  NULL: not given. */
struct conf_override {
	const char *config, *dev, *ccd, *ipp, *status, *topology;
	const char *management, *management_pw;
	const char *from;	/* directory of relative paths */
	const char *how;	/* for messages: how to give an interface */
	const char *how_topology;
};

/* IN has its name and place already.  0, or -EINVAL / -errno (reported). */
int conf_server_fill(struct instance *in, const struct conf_override *w,
		     struct sources *set, struct diag *d);
