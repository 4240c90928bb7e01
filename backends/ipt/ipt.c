/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/backend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/ipt/ipt_commit.h"
#include "backends/ipt/ipt_first.h"
#include "backends/ipt/ipt_foreign.h"
#include "backends/ipt/ipt_list.h"
#include "backends/ipt/ipt_lock.h"
#include "backends/ipt/ipt_nat.h"
#include "backends/ipt/ipt_sock.h"
#include "backends/ipt/ipt_text.h"
#include "compiler/base/digest.h"
#include "compiler/lower/lower_ipt.h"

/* Attempts of one call while other programs change the rules. */
#define TRIES 10

/* See struct ipt_commit. */
#define DOUBTS 3

#define N_FAMILIES 2

struct backend_handle {
	enum rule_table which;
	const char *table;		/* its name */
	int socks[N_FAMILIES];		/* -1: no IPv6 */
	int lock;			/* -1: not held */
	unsigned int doubts;
	struct ipt_lib lib;
	struct ipt_ext *x;		/* NULL: the libraries are not open */
	struct ipt_table tables[N_FAMILIES];	/* read for commit */
};

static void unlock(struct backend_handle *h)
{
	unsigned int f;

	for (f = 0; f < N_FAMILIES; f++)
		if (h->tables[f].handle)
			ipt_table_drop(&h->tables[f]);
	if (h->lock >= 0)
		close(h->lock);
	h->lock = -1;
}

static void ipt_close(struct backend_handle *h, bool detach)
{
	unsigned int f;

	(void)detach;
	if (!h)
		return;
	unlock(h);
	ipt_ext_free(h->x);
	for (f = 0; f < N_FAMILIES; f++)
		if (h->socks[f] >= 0)
			close(h->socks[f]);
	free(h);
}

static int open_libraries(struct backend_handle *h, struct diag *d)
{
	int r;

	if (h->x)
		return 0;
	r = ipt_lib_open(&h->lib, d);
	if (!r)
		h->x = ipt_ext_new(&h->lib);
	return r;
}

static int say_open(unsigned int family, int error, struct diag *d)
{
	if (!error)
		return 0;
	if (error == -EPERM || error == -EACCES)
		return diag_error(d, LOC_NONE, error,
				  "access to the kernel's rules needs root, or CAP_NET_ADMIN and CAP_NET_RAW");
	if (error != -ENOPROTOOPT)
		return diag_error(d, LOC_NONE, error,
				  "cannot talk to the kernel's %stables: %s",
				  ipt_chain_family(family), strerror(-error));
	if (family == FAMILY_IP6)
		diag_note(d, LOC_NONE,
			  "this kernel has IPv6 but no ip6_tables: IPv6 packets would not be filtered");
	return -EPROTONOSUPPORT;
}

static int open_family(struct backend_handle *h, unsigned int family,
		       struct diag *d)
{
	int r = ipt_sock_open(family);

	if (r == -EAFNOSUPPORT && family == FAMILY_IP6) {
		diag_note(d, LOC_NONE,
			  "IPv6 is disabled in this kernel: no rules for IPv6");
		return 0;
	}
	if (r < 0)
		return say_open(family, r, d);
	h->socks[family] = r;
	r = ipt_sock_probe(h->socks[family], family);
	if (r == -ENOPROTOOPT && !open_libraries(h, d) &&
	    ipt_ext_load_module(h->x, family))
		r = ipt_sock_probe(h->socks[family], family);
	return say_open(family, r, d);
}

static int ipt_open(struct backend_handle **out, const struct ipt_options *ipt,
		    struct diag *d)
{
	struct backend_handle *h = mem_zalloc(1, sizeof(*h));
	int r;

	h->doubts = DOUBTS;
	h->which = ipt->table;
	h->table = rule_table_name(ipt->table);
	h->socks[FAMILY_IP4] = h->socks[FAMILY_IP6] = h->lock = -1;
	r = open_family(h, FAMILY_IP4, d);
	if (!r)
		r = open_family(h, FAMILY_IP6, d);
	if (r)
		ipt_close(h, false);
	else
		*out = h;
	return r;
}

static bool table_has_ours(int sock, unsigned int family, const char *table)
{
	struct ipt_snapshot s;
	bool ours;

	if (sock < 0 || !ipt_sock_has_table(family, table))
		return false;
	/* mostly so, and the kernel then copies only a part of the table */
	if (ipt_first_is_ours(sock, family, table))
		return true;
	if (ipt_sock_snapshot(sock, family, table, &s))
		return false;
	ours = ipt_snapshot_has_ours(family, &s);
	ipt_snapshot_fini(&s);
	return ours;
}

static bool ipt_is_loaded(void)
{
	bool found = false;
	unsigned int f, t;
	int sock;

	for (f = 0; f < N_FAMILIES; f++) {
		sock = ipt_sock_open(f);
		for (t = 0; !found && t < RULE_TABLES; t++)
			found = table_has_ours(sock, f, rule_table_name(t));
		if (sock >= 0)
			close(sock);
	}
	return found;
}

static int say_read(const char *table, unsigned int family, int error,
		    struct diag *d)
{
	if (error == -ENOENT)
		return diag_error(d, LOC_NONE, -EPROTONOSUPPORT,
				  "this kernel has no %stables table \"%s\"",
				  ipt_chain_family(family), table);
	return diag_error(d, LOC_NONE, error,
			  "cannot read the kernel's %stables rules: %s",
			  ipt_chain_family(family), strerror(-error));
}

/* The generation depends on number and size of the tables' rules; only list
 * finds other foreign changes. */
static int read_generation(const struct backend_handle *h, uint32_t *generation,
			   struct diag *d)
{
	uint32_t numbers[2 * N_FAMILIES + 1] = { 0 };
	struct ipt_getinfo info;
	unsigned int f;
	uint64_t digest;
	int r;

	for (f = 0; f < N_FAMILIES; f++) {
		if (h->socks[f] < 0 || !ipt_sock_has_table(f, h->table))
			continue;
		r = ipt_sock_info(h->socks[f], f, h->table, &info);
		if (r)
			return say_read(h->table, f, r, d);
		numbers[2 * f] = info.num_entries;
		numbers[2 * f + 1] = info.size;
	}
	/* filter and security may have the same rules */
	numbers[2 * N_FAMILIES] = h->which;
	digest = digest_bytes(0, numbers, sizeof(numbers));
	*generation = (uint32_t)(digest ^ digest >> 32);
	return 0;
}

/* The state is the comment of a rule, and the kernel returns only all rules. */
static int ipt_check(struct backend_handle *h, const char *state,
		     uint32_t *generation, struct diag *d)
{
	int r;

	(void)state;
	if (!h)
		return -ESTALE;
	if (!ipt_sock_has_table(FAMILY_IP4, h->table))
		return -ENOENT;
	r = read_generation(h, generation, d);
	return r ? r : -ESTALE;
}

static bool ipt_is_first(struct backend_handle *h)
{
	bool first = true;
	unsigned int f;

	for (f = 0; first && f < N_FAMILIES; f++)
		first = h->socks[f] < 0 ||
			(ipt_sock_has_table(f, h->table) &&
			 ipt_first_is_ours(h->socks[f], f, h->table));
	return first;
}

static int lock(struct backend_handle *h, struct diag *d)
{
	int r = open_libraries(h, d);

	if (r || h->lock >= 0)
		return r;
	r = ipt_lock_take(d);
	if (r < 0)
		return r;
	h->lock = r;
	return 0;
}

/* The kernel creates the table if it does not exist. */
static int read_table(struct backend_handle *h, unsigned int family,
		      struct diag *d)
{
	struct ipt_table *t = &h->tables[family];
	int r;

	t->tc = &h->lib.tc[family];
	t->family = family;
	t->sock = h->socks[family];
	t->name = h->table;
	r = ipt_table_read(t);
	return r ? say_read(h->table, family, r, d) : 0;
}

/* Rules of ours in other tables: old ones, until a commit removes them. */
static int read_old(struct backend_handle *h, unsigned int family,
		    struct ipt_parser *parser, struct kernel_ruleset *out,
		    struct diag *d)
{
	struct ipt_table t = {
		.tc = &h->lib.tc[family],
		.family = family,
		.sock = h->socks[family],
	};
	enum rule_table table;
	int r = 0;

	for (table = 0; !r && table < RULE_TABLES; table++) {
		t.name = rule_table_name(table);
		if (table == h->which ||
		    !table_has_ours(t.sock, family, t.name))
			continue;
		r = ipt_table_read(&t);
		if (r)
			r = say_read(t.name, family, r, d);
		else
			ipt_list_old_table(&t, parser, out);
		ipt_table_drop(&t);
	}
	return r;
}

static int read_ours(struct backend_handle *h, struct kernel_ruleset *out,
		     struct diag *d)
{
	struct ipt_parser parser;
	unsigned int f;
	int r = 0;

	*out = (struct kernel_ruleset){ 0 };
	ipt_parser_init(&parser, h->x);
	for (f = 0; !r && f < N_FAMILIES; f++) {
		if (h->socks[f] < 0 || !ipt_sock_has_table(f, h->table))
			continue;
		r = read_table(h, f, d);
		if (!r)
			ipt_list_table(&h->tables[f], &parser, out);
	}
	for (f = 0; !r && f < N_FAMILIES; f++)
		r = read_old(h, f, &parser, out, d);
	ipt_parser_fini(&parser);
	ipt_list_finish(out);
	return r;
}

static int ipt_list(struct backend_handle *h, struct kernel_ruleset *out,
		    uint32_t *generation, struct diag *d)
{
	unsigned int tries;
	uint32_t after;
	int r = lock(h, d);

	for (tries = 0; !r && tries < TRIES; tries++) {
		r = read_generation(h, generation, d);
		if (r)
			return r;
		r = read_ours(h, out, d);
		if (!r)
			r = read_generation(h, &after, d);
		if (!r && after == *generation)
			return 0;
		kernel_ruleset_fini(out);
	}
	return r ? r : diag_error(d, LOC_NONE, -EAGAIN,
				  "the kernel's rules change faster than they can be read");
}

/* Tries again if another program changes the table meanwhile. */
static int remove_family(struct backend_handle *h, unsigned int family,
			 const char *table)
{
	struct ipt_table t = {
		.tc = &h->lib.tc[family],
		.family = family,
		.sock = h->socks[family],
		.name = table,
	};
	unsigned int tries = 0;
	int r;

	do {
		r = ipt_table_read(&t);
		if (!r)
			r = ipt_commit_remove(&t);
		ipt_table_drop(&t);
	} while ((r == -EAGAIN || r == -EINVAL) && ++tries < TRIES);
	return r;
}

/* Remove all our rules from TABLE, of both families. */
static int remove_from(struct backend_handle *h, const char *table,
		       struct diag *d)
{
	unsigned int f;
	int r = 0;

	for (f = 0; !r && f < N_FAMILIES; f++) {
		if (!table_has_ours(h->socks[f], f, table))
			continue;
		r = remove_family(h, f, table);
		if (r)
			diag_error(d, LOC_NONE, r,
				   "cannot remove the rules from %stables table \"%s\": %s",
				   ipt_chain_family(f), table,
				   ipt_table_strerror(r));
	}
	return r;
}

/* Does the plan delete chains of read_old? */
static bool deletes_old(const struct plan *plan)
{
	const struct plan_chain *pc;

	vec_each(pc, &plan->chains)
		if (pc->change == CHAIN_DELETE &&
		    !ipt_chain_is_of(FAMILY_IP4, pc->old->name) &&
		    !ipt_chain_is_of(FAMILY_IP6, pc->old->name))
			return true;
	return false;
}

/* After the commit: until then both judge, so no packet is judged by none. */
static int remove_old(struct backend_handle *h, const struct plan *plan,
		      struct diag *d)
{
	enum rule_table table;
	int r = 0;

	if (!deletes_old(plan))
		return 0;
	for (table = 0; !r && table < RULE_TABLES; table++)
		if (table != h->which)
			r = remove_from(h, rule_table_name(table), d);
	return r;
}

static int commit_locked(struct backend_handle *h, struct ipt_commit *c,
			 uint32_t *generation)
{
	uint32_t now;
	unsigned int f;
	int r = read_generation(h, &now, c->d);

	if (!r && now != *generation)
		r = -ERESTART;
	for (f = 0; !r && f < N_FAMILIES; f++) {
		if (h->socks[f] < 0)
			continue;
		c->tables[f] = &h->tables[f];
		if (!h->tables[f].handle)
			r = read_table(h, f, c->d);
	}
	if (!r)
		r = ipt_commit_plan(c);
	if (!r)
		r = remove_old(h, c->plan, c->d);
	return r ? r : read_generation(h, generation, c->d);
}

static int ipt_commit(struct backend_handle *h, const struct plan *plan,
		      const char *state, uint32_t *generation,
		      bool quiet_drift, struct diag *d)
{
	struct ipt_commit c = {
		.plan = plan,
		.state = state,
		.quiet_drift = quiet_drift,
		.doubts = &h->doubts,
		.d = d,
	};
	int r = lock(h, d);

	c.x = h->x;
	if (!r)
		r = commit_locked(h, &c, generation);
	unlock(h);
	return r;
}

static int ipt_remove(struct backend_handle *h, struct diag *d)
{
	unsigned int t;
	int r = lock(h, d);

	for (t = 0; !r && t < RULE_TABLES; t++)
		r = remove_from(h, rule_table_name(t), d);
	unlock(h);
	return r;
}

static int ipt_find_foreign(struct backend_handle *h, const struct policy *p,
			 void (*found)(void *arg, const char *what), void *arg,
			 struct diag *d)
{
	unsigned int f;
	int r = open_libraries(h, d);

	for (f = 0; !r && f < N_FAMILIES; f++) {
		if (!table_has_ours(h->socks[f], f, h->table))
			continue;
		r = read_table(h, f, d);
		if (!r)
			ipt_foreign_find(&h->tables[f], p, found, arg);
	}
	unlock(h);
	return r;
}

/* Without IPv6 in this kernel the ruleset must not have chains of IPv6. */
static void drop_ip6(struct ruleset *rs)
{
	size_t i, n = 0;

	for (i = 0; i < rs->chains.n; i++)
		if (!ipt_chain_is_of(FAMILY_IP6, rs->chains.v[i].name))
			rs->chains.v[n++] = rs->chains.v[i];
	rs->chains.n = n;
}

static void ipt_lower(struct policy *p, struct ruleset *out)
{
	int sock = ipt_sock_open(FAMILY_IP6);

	if (sock >= 0)
		close(sock);
	lower_ipt(p, out);
	ruleset_add_set(out, "state", SET_KEY_STATE, FAMILY_IP4);
	if (sock == -EAFNOSUPPORT)
		drop_ip6(out);
}

const struct backend backend_ipt = {
	.name = "iptables-legacy",
	.lower = ipt_lower,
	.reusable = false,
	.is_loaded = ipt_is_loaded,
	.has_nat = ipt_has_nat,
	.find_nat = ipt_find_nat,
	.open = ipt_open,
	.check = ipt_check,
	.is_first = ipt_is_first,
	.list = ipt_list,
	.count = counters_count_ipt,
	.owners = owners_read_ipt,
	.commit = ipt_commit,
	.remove = ipt_remove,
	.find_foreign = ipt_find_foreign,
	.close = ipt_close,
	.print = ipt_text_print,
};
