/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of single values of a vpnpf.conf, or of an option in its place.  Each
 * returns 0, or -EINVAL (reported with the place AT).
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/model/rule_options.h"

/* An interface as in a rule: "tun0", "tun*". */
int conf_check_dev(const char *dev, struct loc at, struct diag *d);
/* The name of a section. */
int conf_check_name(const char *name, struct loc at, struct diag *d);
/* A packet filter, or "auto". */
int conf_check_filter(const char *text, struct loc at, struct diag *d);
/* Does the host translate addresses? */
int conf_check_nat(const char *text, struct loc at, struct diag *d);
/* A table of iptables; false: TEXT is the name of none, and *out stays. */
bool conf_parse_table(const char *text, enum rule_table *out);
int conf_check_table(const char *text, struct loc at, struct diag *d);
/* Numbers: seconds, a group of NFLOG, packets per second. */
int conf_check_grace(const char *text, struct loc at, struct diag *d);
int conf_check_log_group(const char *text, struct loc at, struct diag *d);
int conf_check_log_rate(const char *text, struct loc at, struct diag *d);
int conf_check_topology(const char *text, struct loc at, struct diag *d);
/* The path of a socket, or an address, a blank and a port. */
int conf_check_management(const char *text, struct loc at, struct diag *d);
