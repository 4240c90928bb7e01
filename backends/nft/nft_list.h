/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read the kernel's rules.  Says nothing.
 */
#pragma once

#include "backends/nft/nft_sock.h"
#include "compiler/plan/plan.h"

/*
 * One try of backend.list: -EINTR if the rules changed meanwhile.  On failure
 * *OUT is empty.
 */
int nft_list_read(struct nft_sock *s, struct kernel_ruleset *out,
		  uint32_t *generation);
