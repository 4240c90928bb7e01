/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chains that every packet meets: the hooks' chains and VPNPF-FWD-FROM.
 * Part of lower_ipt.c.
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

void lower_ipt_frame(const struct policy *p, unsigned int family,
		     struct ruleset *rs);
