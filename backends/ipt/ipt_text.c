/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "backends/ipt/ipt_entry.h"
#include "backends/ipt/ipt_lib.h"
#include "compiler/base/diag.h"

struct printer {
	struct ipt_lib lib;
	struct ipt_ext *x;
	unsigned int family;
	FILE *out;
	struct diag *d;
	int status;			/* the first error */
	char entry[IPT_ENTRY_MAX] __attribute__((aligned(8)));
};

static void print_addr(unsigned int family, char option, const uint8_t *addr,
		       const uint8_t *mask, FILE *out)
{
	unsigned int i, n = family_bytes(family), bits = 0;
	char text[INET6_ADDRSTRLEN];

	for (i = 0; i < n; i++)
		bits += (unsigned int)__builtin_popcount(mask[i]);
	if (!bits)
		return;
	inet_ntop(family == FAMILY_IP4 ? AF_INET : AF_INET6, addr, text,
		  sizeof(text));
	fprintf(out, " -%c %s/%u", option, text, bits);
}

static void print_ifname(char option, const char *name, FILE *out)
{
	if (*name)
		fprintf(out, " -%c %.*s", option, IFNAMSIZ, name);
}

static void print_proto(struct ipt_ext *x, unsigned int proto, FILE *out)
{
	const char *name = proto ? ipt_ext_proto(x, proto) : NULL;

	if (name)
		fprintf(out, " -p %s", name);
	else if (proto)
		fprintf(out, " -p %u", proto);
}

void ipt_text_rule(struct ipt_ext *x, unsigned int family, const char *chain,
		   const void *entry, FILE *out)
{
	const struct xt_entry_match *m;
	struct ipt_view v;
	const char *target;
	size_t at;

	ipt_entry_view(family, entry, &v);
	fprintf(out, "-A %s", chain);
	print_addr(family, 's', v.src, v.src_mask, out);
	print_addr(family, 'd', v.dst, v.dst_mask, out);
	print_ifname('i', v.iif, out);
	print_ifname('o', v.oif, out);
	print_proto(x, *v.proto, out);
	for (at = v.size; at < *v.target_offset; at += m->u.match_size) {
		m = ipt_entry_match(&v, at);
		ipt_ext_print(x, family, v.head, m, out);
	}
	target = v.target->u.user.name;
	if (v.target->u.target_size > XT_ALIGN(sizeof(struct xt_standard_target)))
		ipt_ext_print_target(x, family, v.head, v.target, out);
	else if (*target)
		fprintf(out, " -%c %s", *v.flags & v.flag_goto ? 'g' : 'j',
			target);
}

static void print_rule(struct printer *p, const struct ruleset *rs,
		       const struct chain *chain, const struct rule *rule)
{
	char place[256];

	if (!p->status)
		p->status = ipt_entry_build(p->x, p->family, rs, rule,
					    p->entry, p->d);
	if (p->status)
		return;
	if (rule->at.src) {
		loc_format(rule->at, place, sizeof(place));
		fputs("# ", p->out);
		/* a file's name may hold a newline, which ends a comment */
		diag_print_escaped(p->out, str_of(place));
		fputc('\n', p->out);
	}
	ipt_text_rule(p->x, p->family, ipt_chain_label(chain->name), p->entry,
		      p->out);
	fputc('\n', p->out);
}

/* A chain to print, and its ruleset. */
struct item {
	const struct ruleset *rs;
	const struct chain *chain;
};

struct items {
	VEC(struct item) list;
};

static int cmp_items(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->chain->name,
		      ((const struct item *)b)->chain->name);
}

static void print_jumps(const struct printer *p, const struct items *items)
{
	const struct item *item;
	const char *name, *hook;

	vec_each(item, &items->list) {
		name = ipt_chain_label(item->chain->name);
		hook = ipt_chain_hook(name);
		if (hook)
			fprintf(p->out, "-I %s 1 -j %s\n", hook, name);
	}
}

static void print_items(struct printer *p, const struct items *items,
			enum rule_table table, bool jumps)
{
	const struct item *item;
	unsigned int i;

	fprintf(p->out, "# %stables-legacy-restore --noflush\n*%s\n",
		ipt_chain_family(p->family), rule_table_name(table));
	vec_each(item, &items->list)
		fprintf(p->out, ":%s - [0:0]\n",
			ipt_chain_label(item->chain->name));
	if (jumps)
		print_jumps(p, items);
	vec_each(item, &items->list)
		for (i = 0; i < item->chain->n_rules; i++)
			print_rule(p, item->rs, item->chain,
				   &item->rs->rules.v[item->chain->rule + i]);
	/* an incomplete text must not load */
	if (!p->status)
		fputs("COMMIT\n", p->out);
}

static void print_some(struct printer *p, const struct ruleset *rs,
		       const char *const *names, size_t n)
{
	struct items items = { 0 };
	const struct chain *chain;
	size_t i;

	for (i = 0; i < n; i++) {
		chain = ruleset_find_chain(rs, names[i]);
		if (chain && ipt_chain_is_of(p->family, names[i]))
			vec_push(&items.list, ((struct item){ rs, chain }));
	}
	if (items.list.n)
		print_items(p, &items, rs->table, false);
	vec_fini(&items.list);
}

/* Sorted by name, which is the order of libiptc. */
static void print_all(struct printer *p, const struct ruleset *rs,
		      const struct ruleset *state)
{
	struct items items = { 0 };
	const struct chain *chain;

	vec_each(chain, &rs->chains)
		if (ipt_chain_is_of(p->family, chain->name))
			vec_push(&items.list, ((struct item){ rs, chain }));
	if (p->family == FAMILY_IP4)
		vec_push(&items.list,
			 ((struct item){ state, state->chains.v }));
	vec_sort(&items.list, cmp_items);
	if (items.list.n)
		print_items(p, &items, rs->table, true);
	vec_fini(&items.list);
}

static void print_both(struct printer *p, const struct ruleset *rs,
		       const char *text, const char *const *names, size_t n)
{
	struct ruleset state = { 0 };

	ipt_chain_state(&state, text);
	fputs(n ? "# only some chains, to read: they do not load without the others\n"
		: "# vpnpf: two parts, each for its tool; load them where vpnpf has no rules yet\n",
	      p->out);
	for (p->family = FAMILY_IP4; p->family <= FAMILY_IP6; p->family++)
		if (n)
			print_some(p, rs, names, n);
		else
			print_all(p, rs, &state);
	ruleset_fini(&state);
}

int ipt_text_print(const struct ruleset *rs, const char *state,
		   const char *const *names, size_t n, FILE *out,
		   struct diag *d)
{
	struct printer p = { .out = out, .d = d };
	int r = ipt_lib_open(&p.lib, d);

	if (r)
		return r;
	p.x = ipt_ext_new(&p.lib);
	print_both(&p, rs, state, names, n);
	ipt_ext_free(p.x);
	return p.status;
}
