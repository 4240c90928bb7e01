/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An OpenVPN server of the configuration, completed from its server.conf;
 * nobody but conf.c includes this.
 */
#pragma once

#include "compiler/conf/conf.h"

/* What is said of it elsewhere, which counts more.  NULL: nothing. */
struct conf_override {
	const char *config, *dev, *ccd, *ipp, *status, *topology;
	const char *management, *management_pw;
	const char *from;	/* folder of relative paths */
	const char *how;	/* how to give an interface */
	const char *how_topology;
};

/* IN has its name and place.  0, or -EINVAL / -errno (said). */
int conf_server_fill(struct instance *in, const struct conf_override *w,
		     struct sources *set, struct diag *d);
