/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_first.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/netfilter_ipv6/ip6_tables.h>

/* The bytes to read after the hooks' first rules; in most tables our chains are
 * there. */
#define MORE_BYTES (64u << 10)

/* The hooks of a table where our chains are. */
struct first_hooks {
	unsigned int n;
	struct {
		enum hook kind;
		unsigned int number;
	} v[3];
};

static const struct first_hooks mangle_hooks = { 2, {
	{ HOOK_PREROUTING, NF_INET_PRE_ROUTING },
	{ HOOK_POSTROUTING, NF_INET_POST_ROUTING },
} }, filter_hooks = { 3, {
	{ HOOK_INPUT, NF_INET_LOCAL_IN },
	{ HOOK_FORWARD, NF_INET_FORWARD },
	{ HOOK_OUTPUT, NF_INET_LOCAL_OUT },
} };

#define N_HOOKS 3

/*
 * The kernel returns only a whole table, at about a microsecond a rule.  But it
 * copies rule by rule, and stops at memory that is not writable.
 */
struct beginning {
	const struct first_hooks *hooks;
	struct ipt_getinfo info;
	struct ipt_get_entries *entries;
	size_t mapped;
	size_t n;		/* bytes of entries in memory */
};

static void end(struct beginning *b)
{
	if (b->mapped)
		munmap(b->entries, b->mapped);
	b->mapped = b->n = 0;
}

static size_t entry_of(const struct beginning *b, unsigned int hook)
{
	return b->info.hook_entry[b->hooks->v[hook].number];
}

/* Read the hooks' first rules, and WANT bytes at least, into B. */
static bool begin(int sock, unsigned int family, const char *table,
		  size_t want, struct beginning *b)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size, room;
	unsigned int i;
	void *p;
	int r;

	end(b);
	if (ipt_sock_info(sock, family, table, &b->info))
		return false;
	for (i = 0; i < b->hooks->n; i++)
		if (want < entry_of(b, i) + MORE_BYTES)
			want = entry_of(b, i) + MORE_BYTES;
	size = sizeof(*b->entries) + b->info.size;
	room = (sizeof(*b->entries) + want + page - 1) / page * page;
	p = mmap(NULL, size + room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		 0);
	if (p == MAP_FAILED)
		return false;
	b->entries = p;
	b->mapped = size + room;
	if (mprotect(p, room, PROT_READ | PROT_WRITE))
		return false;
	snprintf(b->entries->name, sizeof(b->entries->name), "%s", table);
	b->entries->size = b->info.size;
	r = ipt_sock_entries(sock, family, b->entries);
	b->n = (size < room ? size : room) - sizeof(*b->entries);
	return !r || (r == -EFAULT && size > room);
}

/* The entry at AT; false: it is not in memory, or only a part. */
static bool view_at(unsigned int family, const struct beginning *b, size_t at,
		    struct ipt_view *v)
{
	if (at + sizeof(struct ip6t_entry) > b->n)
		return false;
	ipt_entry_view(family, (char *)b->entries->entrytable + at, v);
	return at + *v->next_offset <= b->n;
}

/* The offsets TO which the first rule of each hook jumps; *LAST is the largest.
 * False: one of the rules has a match, or is no jump. */
static bool find_jumps(unsigned int family, const struct beginning *b,
		       size_t to[static N_HOOKS], size_t *last)
{
	static const char nothing[sizeof(struct ip6t_ip6)];
	const struct xt_standard_target *t;
	struct ipt_view v;
	unsigned int i;

	*last = 0;
	for (i = 0; i < b->hooks->n; i++) {
		if (!view_at(family, b, entry_of(b, i), &v))
			return false;
		t = (const void *)v.target;
		if (*v.target_offset != v.size || t->target.u.user.name[0] ||
		    t->verdict < 0 || memcmp(v.head, nothing, v.head_size) != 0)
			return false;
		to[i] = (size_t)t->verdict;
		*last = to[i] > *last ? to[i] : *last;
	}
	return true;
}

/* A chain begins with an entry whose target has its name; a jump leads to the
 * entry after it. */
static bool are_ours(unsigned int family, const struct beginning *b,
		     const size_t to[static N_HOOKS])
{
	size_t head = XT_ALIGN(sizeof(struct xt_error_target)) +
		      (family == FAMILY_IP4 ? sizeof(struct ipt_entry)
					    : sizeof(struct ip6t_entry));
	const struct xt_error_target *chain;
	struct ipt_view v;
	unsigned int i;

	for (i = 0; i < b->hooks->n; i++) {
		if (to[i] < head || !view_at(family, b, to[i] - head, &v))
			return false;
		chain = (const void *)v.target;
		if (strcmp(v.target->u.user.name, XT_ERROR_TARGET) != 0 ||
		    ipt_chain_hook_kind(chain->errorname) != b->hooks->v[i].kind)
			return false;
	}
	return true;
}

bool ipt_first_is_ours(int sock, unsigned int family, const char *table)
{
	struct beginning b = {
		.hooks = strcmp(table, rule_table_name(TABLE_MANGLE)) ?
			&filter_hooks : &mangle_hooks,
	};
	size_t to[N_HOOKS], last;
	bool first;

	first = begin(sock, family, table, 0, &b) &&
		find_jumps(family, &b, to, &last);
	if (first && last > b.n)
		first = begin(sock, family, table, last, &b) &&
			find_jumps(family, &b, to, &last);
	first = first && are_ours(family, &b, to);
	end(&b);
	return first;
}
