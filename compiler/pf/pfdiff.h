/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a new .pf file gives a client and takes from it, in words:
 *
 *	+ nick, - 10.0.4.0/24, + all other clients
 *
 * Lines that change no right, because others decide or say the same, are left
 * out.
 */
#pragma once

#include "compiler/pf/pffile.h"

/*
 * The rights that NEW gives and OLD does not ("+"), and those that OLD gives
 * and NEW does not ("-"), malloced; at most MOST of them, then "and 7 more".
 * Both are of state OK.
 */
char *pfdiff_text(const struct pffile *old, const struct pffile *new,
		  size_t most);
