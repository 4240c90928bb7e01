/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of a comparison: the status files agreed with the live bindings of the
 * hooks. Until one of them changes, the status files need not be read again.
 */
#pragma once

#include "cli/server/session.h"
#include "cli/sync/sync.h"

struct compared {
	uint64_t digest;	/* of the stamps of the status files and of the
				 * state tables; 0: there are none, or a server
				 * has a management interface */
	long long until;	/* time when a status file becomes too old */
};

/* Set *OUT to the present digest, without a time limit. True: the same was
 * compared before. */
bool compared_before(const struct conf *conf, struct compared *out);

/* Remember that a comparison at C found no difference. */
void compared_keep(const struct state *s, const struct compared *c);
