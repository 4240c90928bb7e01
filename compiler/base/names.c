/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/names.h"

static int cmp(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

void names_sort(struct names *names)
{
	const struct str *name;
	size_t n = 0;

	vec_sort(&names->list, cmp);
	vec_each(name, &names->list)
		if (!n || !str_equal(names->list.v[n - 1], *name))
			names->list.v[n++] = *name;
	names->list.n = n;
}

bool names_has(const struct names *names, struct str name)
{
	return names->list.n && bsearch(&name, names->list.v, names->list.n,
					sizeof(name), cmp);
}
