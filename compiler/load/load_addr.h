/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The half of load.c that knows where static addresses stand; nobody else
 * includes this.
 */
#pragma once

#include "compiler/load/load.h"

/*
 * client-config-dir and ipp.txt of one server: names become clients of P,
 * addresses are added to l->addresses.  0, or -errno (said).
 */
int load_addr_read(struct load *l, const struct conf *conf,
		   const struct instance *in, struct policy *p,
		   struct diag *d);
