/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/backend.h"

#include <string.h>

static const struct backend *const backends[] = {
	&backend_nft,
	&backend_ipt,
};

const struct backend *backend_find(const char *name)
{
	const struct backend *b;
	size_t i;

	for (i = 0; (b = backend_at(i)); i++)
		if (!strcmp(name, b->name))
			return b;
	return NULL;
}

const struct backend *backend_at(size_t i)
{
	return i < sizeof(backends) / sizeof(*backends) ? backends[i] : NULL;
}

bool backend_host_has_nat(void)
{
	const struct backend *b;
	size_t i;

	for (i = 0; (b = backend_at(i)); i++)
		if (b->has_nat())
			return true;
	return false;
}
