/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rights of the helper, which answers a process that anybody on the network
 * may try to take over.
 */
#pragma once

#include "compiler/base/diag.h"

/*
 * Keep only the capabilities for rules (CAP_NET_ADMIN, CAP_NET_RAW) and for
 * reading files of all users (CAP_DAC_READ_SEARCH, or CAP_DAC_OVERRIDE where
 * that one is missing), for this process and what it may execute.  What vpnpf
 * writes is root's, so that no capability is needed for it.  0 or -errno
 * (reported).
 */
int rights_reduce(struct diag *d);
