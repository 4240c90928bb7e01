/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/backend.h"

#include <string.h>

/* In the order in which "auto" prefers them. */
static const struct backend *const backends[] = {
	&backend_nft,
};

const struct backend *backend_find(const char *name)
{
	size_t i;

	if (!strcmp(name, "auto"))
		return backends[0];
	for (i = 0; i < sizeof(backends) / sizeof(*backends); i++)
		if (!strcmp(name, backends[i]->name))
			return backends[i];
	return NULL;
}
