/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tells whose the host's interfaces are: see tundev.h.
 */
#pragma once

#include "compiler/conf/conf.h"
#include "compiler/state/live.h"

struct sockaddr;

/* Is there an interface NAME?  *VRF: the name of the VRF that it is in,
 * malloced; NULL: none. */
bool host_dev_find(const char *name, char **vrf);

/* An address as a prefix; false: NULL, of another family, or link-local, which
 * the kernel gives each interface itself. */
bool host_devs_address(const struct sockaddr *a, struct prefix *out);

/* The servers of CONF, what exists, and the claims of VIEW (or NULL).  CONF and
 * VIEW lend text; end with tundev_fini. */
void host_devs_read(const struct conf *conf, const struct live_view *view,
		    struct tundev_facts *out);
