/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces of this host, by their name in the configuration: "tun0", "tun*".
 */
#pragma once

#include <stdbool.h>

/* Is it a part of a VRF? */
bool device_is_in_vrf(const char *dev);
/* Is it a port of a bridge; a bridge; a bridge whose packets pass no IP
 * rules? */
bool device_is_bridged(const char *dev);
bool device_is_bridge(const char *dev);
bool device_is_silent_bridge(const char *dev);
/* Is it a bridge whose packets pass IP rules; a bridge with a port that is no
 * tap? */
bool device_is_asking_bridge(const char *dev);
bool device_bridges_hosts(const char *dev);

/*
 * Does /proc/sys/FOLDER/INTERFACE/FILE have this value for a matching
 * interface? If none exists yet: for "default".
 */
bool device_sysctl_is(const char *folder, const char *dev, const char *file,
		      long value);
/* Does /proc/sys/PATH have this value? False if the file is missing. */
bool sysctl_is(const char *path, long value);
/* Has /proc/sys/PATH a value above 0? */
bool sysctl_is_positive(const char *path);
