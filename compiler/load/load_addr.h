/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of load.c that reads the files of static addresses; for load.c only.
 */
#pragma once

#include "compiler/load/load.h"

/*
 * Read client-config-dir and ipp.txt of one server: adds names to P, addresses
 * to l->addresses.  0 or -errno (reported).
 */
int load_addr_read(struct load *l, const struct conf *conf,
		   const struct instance *in, struct policy *p,
		   struct diag *d);
