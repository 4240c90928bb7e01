/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_load.h"

#include <string.h>

#include "backends/nft/nft.h"
#include "backends/nft/nft_batch.h"
#include "backends/nft/nft_commit.h"
#include "backends/nft/nft_refusal.h"

struct load {
	struct backend_handle *h;
	const struct plan *plan;
	const char *state;
	bool had_state;		/* the kernel has a state element, which this
				 * commit must replace */
	uint32_t *generation;
	bool quiet_drift;
	struct diag *d;
	size_t size;		/* bytes of the last batch */
	bool prepared;		/* the first of two batches is committed */
};

int nft_say_read(int error, struct diag *d)
{
	diag_error(d, LOC_NONE, error, "cannot read the kernel's rules: %s",
		   strerror(-error));
	if (error == -ENOBUFS || error == -ENOMEM)
		diag_note(d, LOC_NONE,
			  "raise the memory limit of the control group (memory.max), or the host's net.core.rmem_max");
	return error;
}

/* A batch of one part of the plan; limits are not said. */
static int commit_part(struct load *l, enum nft_part part)
{
	struct nft_batch b;
	int r = 0;

	nft_batch_begin(&b, l->h->sock.seq + 1, l->generation);
	b.cut = part == PART_FILL || part == PART_LATE;
	nft_commit_plan(&b, l->plan, part, l->state, l->had_state);
	if (!nft_batch_is_empty(&b))
		r = nft_batch_commit(&b, &l->h->sock, l->plan->want,
				     l->generation, l->quiet_drift, l->d);
	l->h->deleted |= b.deletes;
	l->size = b.len;
	nft_batch_fini(&b);
	return r;
}

static int ask_old_state(struct load *l)
{
	char text[256];
	int r;

	if (l->plan->create_table || !nft_commit_state_set(l->plan))
		return 0;
	r = nft_state_text(&l->h->sock, text, sizeof(text));
	l->had_state = !r;
	return r && r != -ENOENT ? nft_say_read(r, l->d) : 0;
}

/*
 * The change is committed; what is left to delete is useless, but does no harm.
 * So after a commit of another program this tries again, and after any other
 * failure the next apply or reconcile finds it in the kernel, deletes it, and
 * adds the counters of elements once more.
 */
static void drop_late(const struct load *l)
{
	struct diag silent = { 0 };
	struct load late = *l;
	bool unhook = plan_unhooks_late(l->plan);
	unsigned int tries = 0;
	int r;

	late.d = &silent;
	late.quiet_drift = true;
	do {
		r = unhook ? commit_part(&late, PART_UNHOOK) : 0;
		unhook &= r != 0;
		if (!r)
			r = commit_part(&late, PART_LATE);
		if (r == -ERESTART &&
		    nft_sock_generation(&l->h->sock, l->generation))
			return;
	} while (r == -ERESTART && ++tries < NFT_TRIES);
	/* another one than the kernel's: reconcile looks at all */
	if (r)
		(*l->generation)--;
}

/*
 * Packets find a new interval set empty until its commit has ended, however
 * long that takes.  So a first batch makes and fills the set, and a second
 * batch, bound to the generation of the first, adds the rules that use it; so
 * with a new chain and the elements that lead to it.
 */
static int load_at_once(struct load *l)
{
	int r;

	if (!plan_has_prepared(l->plan))
		return commit_part(l, PART_ALL);
	r = commit_part(l, PART_OBJECTS);
	l->prepared = !r;
	return r ? r : commit_part(l, PART_REST);
}

static int load_in_steps(struct load *l)
{
	int r = commit_part(l, PART_SHUT);

	if (r)
		return r;
	l->had_state = true;
	r = commit_part(l, PART_FILL);
	return r ? r : commit_part(l, PART_OPEN);
}

static void say_steps(const struct load *l, int limit)
{
	diag_note(l->d, LOC_NONE,
		  "the kernel does not take %zu bytes of rules at once: everything from and to the VPN is dropped while they are loaded in parts",
		  l->size);
	nft_refusal_say_cure(l->size, limit, l->d);
}

static int load(struct load *l)
{
	int r;

	if (l->plan->steps == STEPS_ALWAYS)
		return load_in_steps(l);
	r = load_at_once(l);
	if (!nft_batch_is_limit(r) || l->plan->steps == STEPS_NEVER)
		return r;
	say_steps(l, r);
	/* the steps need a plan that knows the first batch's objects */
	return l->prepared ? -ERESTART : load_in_steps(l);
}

static int say_limit(const struct load *l, int error)
{
	nft_refusal_say_limit(l->size, error, l->d);
	if (l->plan->steps == STEPS_NEVER && error == -EMSGSIZE)
		diag_note(l->d, LOC_NONE,
			  "the loaded rules stay; \"vpnpf flush --closed\" and then \"vpnpf apply\" load the new rules in parts");
	return error;
}

int nft_load(struct backend_handle *h, const struct plan *plan,
	     const char *state, uint32_t *generation, bool quiet_drift,
	     struct diag *d)
{
	struct load l = {
		.h = h, .plan = plan, .state = state,
		.generation = generation, .quiet_drift = quiet_drift, .d = d,
	};
	int r = ask_old_state(&l);

	if (!r)
		r = load(&l);
	if (!r && plan_has_deferred(plan))
		drop_late(&l);
	return nft_batch_is_limit(r) ? say_limit(&l, r) : r;
}
