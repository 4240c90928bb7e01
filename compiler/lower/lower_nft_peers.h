/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chains of all servers: for packets between clients, and where denied
 * packets end.  Part of lower_nft.c.
 */
#pragma once

#include "compiler/lower/lower_nft_part.h"

void lower_nft_peers(const struct nft_frame *f);
