/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Servers whose status files were compared with what hooks have said, and told
 * nothing new: until one of the two changes they need not be read again.
 */
#pragma once

#include "cli/server/session.h"
#include "cli/sync/sync.h"

struct compared {
	uint64_t digest;	/* of the status files and of the state tables;
				 * 0: there are none, or not all is theirs */
	long long until;	/* then a status file is too old to be believed */
};

/* As all is now, and for ever.  True: it was compared so. */
bool compared_before(const struct conf *conf, struct compared *out);

/* As C was, all was compared, and nothing was found. */
void compared_keep(const struct state *s, const struct compared *c);
