/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/state/state_part.h"

#include <stdio.h>
#include <time.h>

#include "compiler/base/name.h"
#include "compiler/base/scan.h"

long long state_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

/* -1: a time to come, from before a reboot, which ended all sessions. */
static long long since_of(struct str line, long long now)
{
	unsigned int since;

	if (!scan_decimal(table_field(line, 2), UINT32_MAX, &since) ||
	    since > now)
		return -1;
	return since;
}

struct str state_next_missing(const struct state *s, struct str *line,
			      long long *since)
{
	struct str m = STR("m\t");

	*line = line->p ? table_next(&s->policy, *line, m)
			: table_find(&s->policy, m);
	if (!line->p)
		return *line;
	*since = since_of(*line, state_clock());
	return state_plain(s, table_field(*line, 1));
}

long long state_missing_since(const struct state *s, struct str name,
			      long long now)
{
	struct str line = state_name_line(&s->policy, 'm', name);
	enum client_state state;

	if (!line.p)
		return state_client_state(s, name, &state) &&
		       state == CLIENT_OPEN ? now : -1;
	return since_of(line, now);
}

static void add_line(struct str name, long long since, struct table_edits *out)
{
	char *mangled = name_mangle(name);

	table_edit(out, true, mem_printf("m\t%s\t%lld", mangled, since));
	free(mangled);
}

static void add_client(const struct state *s, const struct client *c,
		       long long now, struct table_edits *out)
{
	long long since;

	if (c->state != CLIENT_NO_FILE || !now)
		return;
	since = state_missing_since(s, c->name, now);
	if (since >= 0)
		add_line(c->name, since, out);
}

/* NAME is in the tables; it may have left the policy. */
static void add_left(const struct state *s, const struct state_write *w,
		     struct str name, struct table_edits *out)
{
	long long since;

	if (!name.p || policy_find(w->policy, name))
		return;
	since = state_missing_since(s, name, w->now);
	if (since >= 0 && w->is_missed(w->missed_arg, name, since))
		add_line(name, since, out);
}

void state_add_missing(const struct state *s, const struct state_write *w,
		       struct table_edits *out)
{
	struct str name, line, m = STR("m\t");
	const struct client *c;
	size_t pos = 0;

	vec_each(c, &w->policy->clients)
		add_client(s, c, w->now, out);
	if (!w->now || !w->is_missed)
		return;
	do {
		name = state_next_client(s, &pos);
		add_left(s, w, name, out);
	} while (name.p);
	for (line = table_find(&s->policy, m); line.p;
	     line = table_next(&s->policy, line, m))
		add_left(s, w, state_plain(s, table_field(line, 1)), out);
}

void state_change_missing(const struct state *s, const struct state_write *w,
			  const struct client *c, struct table_edits *out)
{
	struct str line = state_name_line(&s->policy, 'm', c->name);

	if (line.p)
		table_edit(out, false, mem_dup(line.p, line.n));
	add_client(s, c, w->now, out);
}
