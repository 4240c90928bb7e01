/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes and MTUs of this host's interfaces.
 */
#pragma once

#include <net/if.h>

#include "compiler/conf/conf.h"

/* Does the kernel route NET, or a part of it, to an interface that matches
 * DEV?  Default routes count only for a default route. */
bool device_has_route(const char *dev, const struct prefix *net);

/* The largest MTU of an interface that matches DEV; 0: there is none. */
long device_mtu(const char *dev);

/* The smallest MTU of an interface that is up and neither the loopback nor one
 * of CONF; LINK gets its name.  0: there is none. */
long device_smallest_link(const struct conf *conf, char link[static IFNAMSIZ]);
