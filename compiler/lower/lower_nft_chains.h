/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chains of the frame, which every packet meets: all but those of policies.
 * Part of lower_nft.c.
 */
#pragma once

#include "compiler/lower/lower_nft_name.h"

/* Base chains, the chains of each server, and those of all servers.  SERVERS:
 * by vpn. */
void lower_nft_frame(const struct policy *p, const struct lower_server *servers,
		     struct ruleset *rs);
