/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces of this host, by the name that a configuration has for them:
 * "tun0", "tun*".
 */
#pragma once

#include <stdbool.h>

/* Does the kernel do OpenVPN's work there (data channel offload)? */
bool device_is_dco(const char *dev);
/* Is it a port of a bridge; a bridge; one that asks no rules of IP? */
bool device_is_bridged(const char *dev);
bool device_is_bridge(const char *dev);
bool device_is_silent_bridge(const char *dev);

/*
 * Has /proc/sys/FOLDER/INTERFACE/FILE this value for any of them?  Where there
 * is none yet: for "default".
 */
bool device_sysctl_is(const char *folder, const char *dev, const char *file,
		      long value);
/* Has /proc/sys/PATH this value?  A file that is not there has none. */
bool sysctl_is(const char *path, long value);
