/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nftables of other programs does to packets beside our rules.
 */
#pragma once

#include "backends/bypass.h"

/* backend.find_bypass */
void nft_find_bypass(bypass_found_fn *found, void *arg);
