/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_table.h"

#include <errno.h>
#include <string.h>

/* libiptc takes names of chains as arrays of this size. */
struct label {
	xt_chainlabel text;
};

static struct label label_of(const char *chain)
{
	struct label l = { "" };

	strncpy(l.text, chain, sizeof(l.text) - 1);
	return l;
}

/* Entries of a chain besides its rules: its name and its end. */
#define CHAIN_ENTRIES 2

/* After an edit; DONE: libiptc did it, and the table has MORE entries. */
static int edited(struct ipt_table *t, int done, int more)
{
	if (!done)
		return errno ? -errno : -EIO;
	t->changed = true;
	t->entries += more;
	return 0;
}

int ipt_table_read(struct ipt_table *t)
{
	struct ipt_getinfo info;
	int r;

	ipt_table_drop(t);
	t->handle = t->tc->init(t->name);
	if (!t->handle)
		return errno ? -errno : -EIO;
	r = ipt_sock_info(t->sock, t->family, t->name, &info);
	t->entries = t->before = info.num_entries;
	return r;
}

void ipt_table_drop(struct ipt_table *t)
{
	if (t->handle)
		t->tc->free(t->handle);
	t->handle = NULL;
	t->changed = false;
}

const char *ipt_table_first(const struct ipt_table *t)
{
	return t->tc->first_chain(t->handle);
}

const char *ipt_table_next(const struct ipt_table *t)
{
	return t->tc->next_chain(t->handle);
}

bool ipt_table_has_chain(const struct ipt_table *t, const char *chain)
{
	return t->tc->is_chain(label_of(chain).text, t->handle);
}

int ipt_table_add_chain(struct ipt_table *t, const char *chain)
{
	return edited(t, t->tc->create_chain(label_of(chain).text, t->handle),
		      CHAIN_ENTRIES);
}

static int delete_chain(struct ipt_table *t, const char *chain)
{
	return edited(t, t->tc->delete_chain(label_of(chain).text, t->handle),
		      -CHAIN_ENTRIES);
}

static unsigned int count_rules(const struct ipt_table *t, const char *chain)
{
	unsigned int n = 0;
	const void *e;

	for (e = ipt_table_first_rule(t, chain); e;
	     e = ipt_table_next_rule(t, e))
		n++;
	return n;
}

int ipt_table_flush(struct ipt_table *t, const char *chain)
{
	int n = (int)count_rules(t, chain);

	return edited(t, t->tc->flush_entries(label_of(chain).text, t->handle),
		      -n);
}

int ipt_table_insert(struct ipt_table *t, const char *chain,
		     unsigned int at, const void *entry)
{
	return edited(t, t->tc->insert_entry(label_of(chain).text, entry, at,
					     t->handle), 1);
}

int ipt_table_append(struct ipt_table *t, const char *chain,
		     const void *entry)
{
	return edited(t, t->tc->append_entry(label_of(chain).text, entry,
					     t->handle), 1);
}

int ipt_table_replace(struct ipt_table *t, const char *chain,
		      unsigned int at, const void *entry)
{
	return edited(t, t->tc->replace_entry(label_of(chain).text, entry, at,
					      t->handle), 0);
}

int ipt_table_delete(struct ipt_table *t, const char *chain, unsigned int at)
{
	return edited(t, t->tc->delete_num_entry(label_of(chain).text, at,
						 t->handle), -1);
}

const void *ipt_table_first_rule(const struct ipt_table *t, const char *chain)
{
	return t->tc->first_rule(label_of(chain).text, t->handle);
}

const void *ipt_table_next_rule(const struct ipt_table *t, const void *entry)
{
	return t->tc->next_rule(entry, t->handle);
}

const char *ipt_table_target(const struct ipt_table *t, const void *entry)
{
	return t->tc->get_target(entry, t->handle);
}

/* Otherwise libiptc would set the counters of the policies to 0. */
static void keep_policies(const struct ipt_table *t)
{
	const char *chain, *policy;
	struct xt_counters counters;
	unsigned int i;

	for (i = 0; (chain = ipt_chain_builtin(i)); i++) {
		policy = t->tc->get_policy(label_of(chain).text, &counters,
					   t->handle);
		if (policy)
			t->tc->set_policy(label_of(chain).text,
					  label_of(policy).text, &counters,
					  t->handle);
	}
}

static bool has_entries(const struct ipt_table *t, long n)
{
	struct ipt_getinfo now;

	return !ipt_sock_info(t->sock, t->family, t->name, &now) &&
	       now.num_entries == n;
}

int ipt_table_commit(struct ipt_table *t)
{
	int error;

	if (t->changed)
		keep_policies(t);
	if (!t->changed || t->tc->commit(t->handle))
		return 0;
	error = errno;
	/* libiptc restores the counters after the rules: EINVAL may mean that
	 * another program, without the lock, replaced the table in between */
	if (error == EINVAL && !has_entries(t, t->before))
		return -EAGAIN;
	return error ? -error : -EIO;
}

bool ipt_table_is_as_meant(const struct ipt_table *t)
{
	return has_entries(t, t->entries);
}

/* A jump without matches. */
static bool build_jump(const struct ipt_table *t, const char *chain,
		       char buf[static IPT_ENTRY_MAX])
{
	static const struct ruleset none;
	const struct rule jump = { .verdict = RULE_JUMP, .target = chain };

	return !ipt_entry_build(NULL, t->family, &none, &jump, buf, NULL);
}

/* The number of jumps to CHAIN in HOOK; *LAST is the position of the last. */
static unsigned int find_jumps(const struct ipt_table *t, const char *hook,
			       const char *chain, unsigned int *last)
{
	char jump[IPT_ENTRY_MAX] __attribute__((aligned(8)));
	unsigned int n = 0, at = 0;
	const void *e;

	build_jump(t, chain, jump);
	for (e = ipt_table_first_rule(t, hook); e;
	     e = ipt_table_next_rule(t, e), at++)
		if (ipt_entry_equal(t->family, jump, e,
				    ipt_table_target(t, e))) {
			*last = at;
			n++;
		}
	return n;
}

bool ipt_table_has_jump(const struct ipt_table *t, const char *chain)
{
	unsigned int at = 1;

	return find_jumps(t, ipt_chain_hook(chain), chain, &at) == 1 && !at;
}

/* Delete all jumps to CHAIN; with KEEP not the jump in the first rule. */
static int delete_jumps(struct ipt_table *t, const char *hook,
			const char *chain, bool keep)
{
	unsigned int at;
	int r = 0;

	while (!r && find_jumps(t, hook, chain, &at) && (at || !keep))
		r = ipt_table_delete(t, hook, at);
	return r;
}

int ipt_table_put_jump(struct ipt_table *t, const char *chain)
{
	char jump[IPT_ENTRY_MAX] __attribute__((aligned(8)));
	const char *hook = ipt_chain_hook(chain);
	int r = delete_jumps(t, hook, chain, true);

	if (r || ipt_table_has_jump(t, chain))
		return r;
	build_jump(t, chain, jump);
	return ipt_table_insert(t, hook, 0, jump);
}

int ipt_table_remove(struct ipt_table *t, const char *const *chains, size_t n)
{
	const char *hook;
	size_t i;
	int r = 0;

	for (i = 0; !r && i < n; i++) {
		hook = ipt_chain_hook(chains[i]);
		if (hook)
			r = delete_jumps(t, hook, chains[i], false);
		if (!r)
			r = ipt_table_flush(t, chains[i]);
	}
	for (i = 0; !r && i < n; i++)
		r = delete_chain(t, chains[i]);
	return r;
}

const char *ipt_table_strerror(int error)
{
	switch (-error) {
	case ELOOP:
		return "chains refer to each other in a circle";
	case ENOMEM:
		return "the kernel has no memory for a table of this size";
	case EINVAL:
		return "a rule is not allowed where it stands (the kernel's log says why)";
	case ENOENT:
		return "the kernel lacks a chain or a match";
	case EMLINK:
		return "a rule that is not ours refers to a chain of ours";
	}
	return strerror(-error);
}
