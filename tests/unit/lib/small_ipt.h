/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small policies in iptables.
 */
#pragma once

#include "tests/unit/lib/small_policy.h"

/* Resolve and lower S's policy; fails if iptables would refuse the rules. */
void small_ipt(struct small *s);
/* The chain that begins with NAME, which is as far as its hash. */
void small_assert_chain(const struct small *s, const char *name,
			const char *wanted);
