/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/in_force.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/sync/drift.h"
#include "cli/sync/missing.h"
#include "cli/sync/sync_commit.h"
#include "cli/sync/unchanged.h"
#include "compiler/base/dir.h"

static void hear(void *arg, struct loc at, const char *text)
{
	struct findings *heard = arg;

	findings_add(heard, "not-in-force", "%s", text);
	heard->list.v[heard->list.n - 1].at = at;
}

static bool has_place_of(const struct findings *f, const struct source *src)
{
	const struct finding *i;

	vec_each(i, &f->list)
		if (i->at.src && i->at.src == src)
			return true;
	return false;
}

/* An error in a file that stands is not said twice, and what has no place only
 * sums up what has one. */
static void take_heard(struct in_force *x)
{
	struct finding *i, *last = NULL;
	bool any = false;

	vec_each(i, &x->heard.list) {
		if (!i->at.src) {
			last = i;
		} else if (!has_place_of(&x->standing, i->at.src)) {
			hear(&x->files, i->at, i->what);
			any = true;
		}
	}
	if (last && !any)
		hear(&x->files, last->at, last->what);
}

static size_t count_clients(const struct state *s)
{
	size_t n = 0, pos = 0;

	while (state_next_client(s, &pos).p)
		n++;
	return n;
}

/* Are the rules OLD those of sync_closed? */
static bool is_closed(const struct sync *s, const struct kernel_ruleset *old)
{
	struct compile closed = {
		.load.conf = s->compile.load.conf,
		.devs = s->compile.devs, .has_devs = s->compile.has_devs,
	};
	struct ruleset rs = { 0 };
	struct plan plan;
	bool same;

	if (s->state.known)
		return false;
	compile_closed(&closed);
	s->backend->lower(&closed.policy, &rs);
	plan_make(&rs, old, &plan);
	same = plan_is_empty(&plan);
	plan_fini(&plan);
	ruleset_fini(&rs);
	policy_fini(&closed.policy);
	return same;
}

/* Rules of the backend that is not in use any more, or none. */
static void look_elsewhere(struct in_force *x)
{
	const struct backend *b;
	size_t i;

	x->kind = IN_FORCE_NOTHING;
	for (i = 0; (b = backend_at(i)); i++) {
		if (!b->is_loaded())
			continue;
		x->kind = IN_FORCE_RULES;
		x->backend = b->name;
	}
}

/* OLD: the kernel's rules. */
static void look_at(struct in_force *x, const struct kernel_ruleset *old)
{
	x->listed = true;
	x->chains = old->chains.n;
	x->backend = x->s.backend->name;
	x->kind = IN_FORCE_RULES;
	if (!old->chains.n)
		look_elsewhere(x);
	else if (is_closed(&x->s, old))
		x->kind = IN_FORCE_CLOSED;
}

static void planned(void *arg, struct sync *s, const struct plan *plan,
		    const struct kernel_ruleset *old,
		    const struct state_write *w)
{
	struct in_force *x = arg;
	const struct drift out = { &x->kernel, &x->files };

	findings_cut(&x->kernel, 0);
	findings_cut(&x->files, 0);
	look_at(x, old);
	if (x->kind != IN_FORCE_CLOSED)
		drift_of_plan(s, plan, old, w, &out);
}

/* The files cannot be loaded, so they were not compared with the kernel. */
static void compare_kernel(struct in_force *x)
{
	struct kernel_ruleset old;
	struct diag silent = { 0 };
	uint32_t generation;

	if (x->s.backend->list(x->s.handle, &old, &generation, &silent))
		return;
	sync_look(&x->s);
	look_at(x, &old);
	if (x->kind != IN_FORCE_CLOSED)
		drift_of_kernel(&x->s, &old, &x->kernel);
	kernel_ruleset_fini(&old);
}

static void compare(struct in_force *x)
{
	const struct sync_observer observer = { planned, x };
	struct missing_guard guard;

	x->s.observer = &observer;
	sync_all(&x->s);
	x->s.observer = NULL;
	findings_move(&x->standing, &x->s.standing);
	if (missing_is_guarded(&x->s.state, &guard))
		missing_guard_find(&guard, &x->standing);
	if (!x->listed)
		compare_kernel(x);
	take_heard(x);
}

static void not_known(struct in_force *x, int r)
{
	const struct findings *heard = &x->heard;

	x->kind = IN_FORCE_UNKNOWN;
	x->why = r == -EPERM || r == -EACCES || !heard->list.n
		? mem_printf("needs root")
		: mem_printf("%s", heard->list.v[heard->list.n - 1].what);
}

/* Without the configuration, or what it has loaded. */
static void look_only(struct in_force *x, const char *kind, const char *what)
{
	struct diag silent = { 0 };
	struct cli_handle h;
	int r = cli_open_backend(&x->cli, &x->s.compile.load.conf, &h, &silent);

	if (!r)
		h.backend->close(h.handle, false);
	if (r == -EPERM || r == -EACCES) {
		not_known(x, r);
		return;
	}
	look_elsewhere(x);
	if (x->kind == IN_FORCE_RULES && kind)
		findings_add(&x->kernel, kind, "%s", what);
}

static void ask(struct in_force *x, bool quick)
{
	int r;

	x->s.check = true;
	r = sync_ready(&x->s);
	if (r && x->s.ready) {
		compare_kernel(x);
		take_heard(x);
	} else if (r == -EPROTONOSUPPORT) {
		look_elsewhere(x);
	} else if (r) {
		not_known(x, r);
	} else if (quick && sync_is_unchanged(&x->s)) {
		x->kind = IN_FORCE_RULES;
		x->backend = x->s.backend->name;
		take_heard(x);
	} else {
		compare(x);
	}
	x->loaded_at = x->s.state.loaded_at;
	x->clients = count_clients(&x->s.state);
}

/* A question about files that were never loaded from here. */
static bool is_about_files(const struct in_force *x, bool has_state, bool quick)
{
	const struct conf_options *opt = &x->cli.conf;

	return (!has_state && (quick || opt->policy)) ||
	       (opt->policy && !opt->openvpn && !opt->dev);
}

static void begin(const struct cli *cli, struct in_force *out)
{
	*out = (struct in_force){ .cli = *cli };
	out->cli.dry_run = false;
	out->cli.handle_cache = NULL;
	out->cli.diag = (struct diag){ .hear = hear, .hear_arg = &out->heard };
}

/* Has a command that changes something ever opened the state? */
static bool is_in_use(const char *state_dir)
{
	char *lock = state_dir ? dir_join(state_dir, "lock") : NULL;
	bool used = lock && (!access(lock, F_OK) || errno != ENOENT);

	free(lock);
	return used;
}

void in_force_read(const struct cli *cli, bool quick, struct in_force *out)
{
	bool has_state;
	int r;

	begin(cli, out);
	r = sync_open(&out->cli, &out->s);
	has_state = is_in_use(out->s.compile.load.conf.state_dir);
	if (is_about_files(out, has_state, quick)) {
		out->why = mem_printf("nothing was loaded from here");
	} else if (r) {
		look_only(out, NULL, NULL);
		take_heard(out);
	} else if (!has_state) {
		look_only(out, "state-lost",
			  "what was loaded before is not known");
	} else {
		ask(out, quick);
	}
	sync_unlock(&out->s, false);
}

void in_force_fini(struct in_force *x)
{
	findings_fini(&x->kernel);
	findings_fini(&x->files);
	findings_fini(&x->standing);
	findings_fini(&x->heard);
	free(x->why);
	sync_close(&x->s, false);
}

bool in_force_is_good(const struct in_force *x)
{
	return x->kind == IN_FORCE_RULES && !findings_count(&x->kernel) &&
	       !findings_count(&x->files) && !findings_count(&x->standing);
}

const char *in_force_name(const struct in_force *x)
{
	switch (x->kind) {
	case IN_FORCE_UNKNOWN:
		return "unknown";
	case IN_FORCE_NOTHING:
		return "not loaded";
	case IN_FORCE_CLOSED:
		return "closed";
	case IN_FORCE_RULES:
		return "loaded";
	}
	return "";
}
