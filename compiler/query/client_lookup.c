/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/query/client_lookup.h"

#include <string.h>

#include "compiler/base/name.h"

void client_lookup_init(struct client_lookup *w, struct load *l,
			const struct policy *p)
{
	struct diag silent = { 0 };

	*w = (struct client_lookup){ .p = p,
				     .fallback = { .state = CLIENT_NO_FILE } };
	if (l->conf.default_policy)
		load_client(l, &l->conf, STR("DEFAULT"), &w->fallback,
			    &silent);
	w->fallback.shut = p->all_shut ? p->shut.v : NULL;
}

void client_lookup_fini(struct client_lookup *w)
{
	pffile_fini(&w->fallback.pf);
}

/* The file of "a/b" is "a_b.pf", which added a client "a_b".  load_addr.c maps
 * a ccd file to a name with "/". */
static const struct client *find_by_file(const struct client_lookup *w,
					 struct str name)
{
	const struct client *found;
	char *file;

	if (!name.n || !memchr(name.p, '/', name.n))
		return NULL;
	file = name_file(name, "");
	found = policy_find(w->p, str_of(file));
	free(file);
	return found && found->file ? found : NULL;
}

const struct client *client_lookup_find(const struct client_lookup *w,
					struct str name, struct client *spare)
{
	const struct client *found = policy_find(w->p, name);

	if (found)
		return found;
	found = find_by_file(w, name);
	*spare = found ? *found : w->fallback;
	spare->name = name;
	return spare;
}
