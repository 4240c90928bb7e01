/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Foreign rules before our rules.
 */
#pragma once

#include "backends/ipt/ipt_table.h"
#include "compiler/model/policy.h"

/*
 * Tell FOUND, in one sentence, of each rule before the jump to our chain that
 * may accept packets of P's interfaces.  T was read.
 */
void ipt_foreign_find(const struct ipt_table *t, const struct policy *p,
		      void (*found)(void *arg, const char *what), void *arg);
