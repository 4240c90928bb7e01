/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules of others that are asked before ours.
 */
#pragma once

#include "backends/ipt/ipt_table.h"
#include "compiler/model/policy.h"

/*
 * Tell FOUND of each rule that stands before the jump to our chain and may
 * accept packets of P's interfaces, in one sentence.  T was read.
 */
void ipt_foreign_find(const struct ipt_table *t, const struct policy *p,
		      void (*found)(void *arg, const char *what), void *arg);
