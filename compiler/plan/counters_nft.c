/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nftables (lower_nft.h).  The elements of SET_FROM and SET_TO count the packets
 * of a client's address, those of SET_DENIED how many of them were denied.
 *
 * Before, the one rule of c/<client> counted all packets but those of the pairs
 * in "allow4", and "client_denied4" how many of the packets in c/<client> were
 * denied.  A map led from the address to c/<client>.
 */
#include "config.h"

#include "compiler/plan/counters.h"

#include <string.h>

#include "compiler/base/name.h"
#include "compiler/lower/lower_nft_name.h"

struct counting {
	const struct kernel_ruleset *rules;
	struct counters *out;
};

bool counters_is_client(const char *chain)
{
	return !strncmp(chain, "c/", 2);
}

/* The client's mangled name in CHAIN; p NULL: it is no client's chain. */
static struct str mangled_of(const char *chain)
{
	return counters_is_client(chain) ? str_of(chain + 2)
					 : (struct str){ NULL, 0 };
}

/* The owner of the address, or of the range that begins there: ranges are the
 * same in all sets, see ownership.h. */
static struct str owner_of(const struct counting *x, unsigned int family,
			   const uint8_t *address)
{
	struct elem key = { .key = { 0 } };
	const struct elem *e;
	const struct set *set;

	memcpy(key.key, address, family_bytes(family));
	vec_each(set, &x->rules->sets) {
		if (!set->map || set->family != family)
			continue;
		e = set_find_elem(set, &key);
		if (e && e->target)
			return mangled_of(e->target);
	}
	return (struct str){ NULL, 0 };
}

static void count_denied(const struct counting *x, const struct set *set,
			 const struct elem *e)
{
	const struct count all = { e->packets, e->bytes };
	struct str name = owner_of(x, set->family, e->key);

	if (name.p)
		counters_add(x->out, (struct client_count){
			.name = name, .denied = all,
			.allowed = { 0 - all.packets, 0 - all.bytes } });
}

static void count_one(const struct counting *x, const struct set *set,
		      const uint8_t *address, struct count count)
{
	struct str name = owner_of(x, set->family, address);

	if (name.p)
		counters_add(x->out, (struct client_count){
			.name = name, .allowed = count });
}

/*
 * A packet from A to B is counted twice, at from_client and at to_client, so
 * each client gets half.  If the number is odd, one packet got no further than
 * from_client; it is A's.
 */
static void count_pair(const struct counting *x, const struct set *set,
		       const struct elem *e)
{
	const struct count received = { e->packets / 2, e->bytes / 2 };

	count_one(x, set, e->key, (struct count){
		e->packets - received.packets, e->bytes - received.bytes });
	count_one(x, set, e->key + family_bytes(set->family), received);
}

/* The element names its client. */
static void count_named(const struct counting *x, const struct set *set,
			const struct elem *e)
{
	const struct count all = { e->packets, e->bytes };
	char *name = lower_nft_comment_name(e->comment);
	struct client_count count = { .name = str_of(name), .allowed = all };

	vec_push(&x->out->texts, name);
	if (lower_set_of(set->name) == SET_DENIED) {
		count.denied = all;
		count.allowed = (struct count){ 0 - all.packets,
						0 - all.bytes };
	}
	counters_add(x->out, count);
}

static void count_set(const struct counting *x, const struct set *set)
{
	const struct elem *e;

	vec_each(e, &set->elems) {
		if (!e->packets)
			continue;
		if (e->comment)
			count_named(x, set, e);
		else if (set->key == SET_KEY_ADDR)
			count_denied(x, set, e);
		else if (set->key == SET_KEY_PAIR)
			count_pair(x, set, e);
	}
}

static void count_chain(const struct counting *x,
			const struct kernel_chain *chain)
{
	struct str name = mangled_of(chain->name);
	const struct kernel_rule *rule = chain->rules.v;

	if (name.p && chain->rules.n)
		counters_add(x->out, (struct client_count){
			.name = name,
			.allowed = { rule->packets, rule->bytes } });
}

/* From FIRST on names of chains are still mangled. */
static void unmangle(struct counters *counters, size_t first)
{
	struct client_count *c;
	char *name;
	size_t i;

	for (i = first; i < counters->list.n; i++) {
		c = &counters->list.v[i];
		name = memchr(c->name.p, '/', c->name.n)
			       ? name_unmangle(c->name) : NULL;
		if (!name)
			continue;
		vec_push(&counters->texts, name);
		c->name = str_of(name);
	}
}

void counters_count_nft(const struct kernel_ruleset *rules,
			struct counters *out)
{
	const struct counting x = { rules, out };
	const struct kernel_chain *chain;
	const struct set *set;
	size_t first = out->list.n;

	vec_each(chain, &rules->chains)
		count_chain(&x, chain);
	vec_each(set, &rules->sets)
		if (set->counter)
			count_set(&x, set);
	unmangle(out, first);
}
