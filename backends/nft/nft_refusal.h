/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Refusals of the kernel as error messages, with the .pf line if there is one.
 */
#pragma once

#include "backends/nft/nft_batch.h"

/*
 * Say that the kernel answered message I of the batch with the error NLH
 * (NLMSG_ERROR).  RS: to print its rules.
 */
void nft_refusal_say(const struct nft_batch *b, uint32_t i,
		     const struct nlmsghdr *nlh, const struct ruleset *rs,
		     struct diag *d);

/* Say that the kernel has no room for a batch of LEN bytes, and what helps;
 * ERROR: see nft_batch_is_limit.  Returns ERROR. */
int nft_refusal_say_limit(size_t len, int error, struct diag *d);
/* What helps, as a note. */
void nft_refusal_say_cure(size_t len, int error, struct diag *d);
