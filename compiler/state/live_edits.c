/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/state/live_edits.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A node of v->index: the edit of LINE is number I of v->edits.list. */
struct ref {
	struct str line;
	bool add;
	size_t i;
};

/* The search for the first edit behind KEY. */
struct walk {
	struct ref key;
	const struct ref *next;
};

static int cmp_refs(const void *pa, const void *pb)
{
	const struct ref *a = pa, *b = pb;

	return a->add != b->add ? a->add - b->add : str_cmp(a->line, b->line);
}

/* For tfind, which gives the key first: never equal; the last greater one on
 * the way is the next. */
static int cmp_walk(const void *key, const void *node)
{
	struct walk *w = (struct walk *)(uintptr_t)key;
	int r = cmp_refs(&w->key, node);

	if (r < 0)
		w->next = node;
	return r ? r : 1;
}

static struct ref *find(const struct live_view *v, const struct ref *key)
{
	struct ref *const *found = tfind(key, &v->index, cmp_refs);

	return found ? *found : NULL;
}

void live_edit(struct live_view *v, bool add, char *line)
{
	struct ref *ref = mem_zalloc(1, sizeof(*ref)), *const *found;

	*ref = (struct ref){
		.line = str_of(line), .add = add, .i = v->edits.list.n,
	};
	table_edit(&v->edits, add, line);
	found = mem_check(tsearch(ref, &v->index, cmp_refs));
	if (*found != ref)
		free(ref);
}

bool live_edit_deletes(const struct live_view *v, struct str line)
{
	return find(v, &(struct ref){ .line = line });
}

struct str live_edit_next(const struct live_view *v, struct str line,
			  struct str text)
{
	struct walk w = {
		.key = { .line = line.p ? line : text, .add = true },
	};

	tfind(&w, &v->index, cmp_walk);
	return w.next && str_begins(w.next->line, text)
		? w.next->line : (struct str){ NULL, 0 };
}

/* The last edit takes the place of the I-th. */
static void drop(struct live_view *v, size_t i)
{
	size_t last = --v->edits.list.n;
	struct table_edit *e = &v->edits.list.v[last];
	struct ref *ref = find(v, &(struct ref){ .line = e->line,
						 .add = e->add });

	if (ref && ref->i == last)
		ref->i = i;
	v->edits.list.v[i] = *e;
}

bool live_edit_undo(struct live_view *v, const char *line)
{
	struct ref *ref = find(v, &(struct ref){ .line = str_of(line),
						 .add = true });

	if (!ref)
		return false;
	drop(v, ref->i);
	tdelete(ref, &v->index, cmp_refs);
	free(ref);
	return true;
}

void live_edits_fini(struct live_view *v)
{
	tdestroy(v->index, free);
	v->index = NULL;
	table_edits_fini(&v->edits);
}
