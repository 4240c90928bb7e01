/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commit a plan: in one batch, in two or three where packets would meet a
 * change half made, or in steps (enum plan_steps).
 */
#pragma once

#include "backends/backend.h"

/*
 * As backend.commit.  If the kernel has no room for a plan in one batch, and
 * steps are allowed, this says so in a note, and all is dropped from the first
 * step to the last.  An error between them leaves rules that drop everything,
 * and the next listing is "unfinished".
 */
int nft_load(struct backend_handle *h, const struct plan *plan,
	     const char *state, uint32_t *generation, bool quiet_drift,
	     struct diag *d);

/* Say that reading the kernel's rules failed; returns ERROR. */
int nft_say_read(int error, struct diag *d);
