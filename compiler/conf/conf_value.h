/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What single values of a vpnpf.conf, or of an option in its place, may be.
 * Each returns 0, or -EINVAL (said at AT).
 */
#pragma once

#include "compiler/base/diag.h"

/* An interface, as rules have it: "tun0", "tun*". */
int conf_check_dev(const char *dev, struct loc at, struct diag *d);
/* Of a section. */
int conf_check_name(const char *name, struct loc at, struct diag *d);
/* Of iptables. */
int conf_check_table(const char *text, struct loc at, struct diag *d);
/* Numbers: a group of NFLOG, packets a second. */
int conf_check_log_group(const char *text, struct loc at, struct diag *d);
int conf_check_log_rate(const char *text, struct loc at, struct diag *d);
int conf_check_topology(const char *text, struct loc at, struct diag *d);
/* A socket's path, or an address and a port with a blank between. */
int conf_check_management(const char *text, struct loc at, struct diag *d);
