/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the kernel.  Says nothing.
 */
#pragma once

#include "backends/nft/nft_sock.h"
#include "compiler/plan/plan.h"

/*
 * backend.list, one try: -EINTR when the rules changed meanwhile.  On failure
 * *out is empty.
 */
int nft_list_read(struct nft_sock *s, struct kernel_ruleset *out,
		  uint32_t *generation);
