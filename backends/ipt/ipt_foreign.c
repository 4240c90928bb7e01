/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_foreign.h"

#include <stdlib.h>
#include <string.h>

/* A foreign rule before our jump. */
struct before {
	unsigned int number;	/* from 1, as iptables counts */
	const char *target;	/* lent by the table */
};

struct names {
	VEC(const char *) list;
};

static bool holds(const struct names *names, const char *name)
{
	const char *const *i;

	vec_each(i, &names->list)
		if (!strcmp(*i, name))
			return true;
	return false;
}

/* Does chain number AT have an ACCEPT?  Adds the chains that its rules go to to
 * NAMES. */
static bool chain_accepts(const struct ipt_table *t, struct names *names,
			  size_t at)
{
	const char *chain = names->list.v[at], *target;
	const void *e;

	for (e = ipt_table_first_rule(t, chain); e;
	     e = ipt_table_next_rule(t, e)) {
		target = ipt_table_target(t, e);
		if (!strcmp(target, "ACCEPT"))
			return true;
		if (ipt_table_has_chain(t, target) &&
		    !ipt_chain_is_ours(target) && !holds(names, target))
			vec_push(&names->list, target);
	}
	return false;
}

/* Does TARGET accept, or a rule of a chain that it leads to? */
static bool may_accept(const struct ipt_table *t, const char *target)
{
	struct names names = { 0 };
	bool accepts = !strcmp(target, "ACCEPT");
	size_t i;

	if (!accepts && ipt_table_has_chain(t, target) &&
	    !ipt_chain_is_ours(target))
		vec_push(&names.list, target);
	for (i = 0; i < names.list.n && !accepts; i++)
		accepts = chain_accepts(t, &names, i);
	vec_fini(&names.list);
	return accepts;
}

/* Can an interface match both DEV, for example "tun*", and the rule's NAME? */
static bool overlap(const char *dev, const char *name,
		    const unsigned char *mask)
{
	size_t i;

	for (i = 0; i < IFNAMSIZ && mask[i]; i++) {
		if (dev[i] == '*')
			return true;
		if (dev[i] != name[i])
			return false;
		if (!dev[i])
			return true;
	}
	return true;
}

/* Can packets from or to DEV match the rule in HOOK?  A match "! -i" counts as
 * no match. */
static bool concerns(const struct ipt_view *v, enum hook hook, const char *dev)
{
	const uint8_t inverted = v->flags[1];	/* invflags, in both families */
	bool in = inverted & IPT_INV_VIA_IN ||
		  overlap(dev, v->iif, v->iif_mask);
	bool out = inverted & IPT_INV_VIA_OUT ||
		   overlap(dev, v->oif, v->oif_mask);

	switch (hook) {
	case HOOK_PREROUTING:
	case HOOK_INPUT:
		return in;
	case HOOK_POSTROUTING:
	case HOOK_OUTPUT:
		return out;
	case HOOK_FORWARD:
		return in || out;
	case HOOK_NONE:
		break;
	}
	return false;
}

/* Tunnels are mostly on the interfaces outside, but may be on any other.  A rule
 * for lo concerns nobody's. */
static bool concerns_tunnels(const struct ipt_view *v, enum hook hook,
			     const struct ipsec *ipsec)
{
	bool found = !ipsec->devs.n && strcmp(v->iif, "lo") != 0 &&
		     strcmp(v->oif, "lo") != 0;
	char *const *dev;

	vec_each(dev, &ipsec->devs)
		found |= concerns(v, hook, *dev);
	return found;
}

static bool concerns_any(const struct ipt_table *t, const void *e,
			 enum hook hook, const struct policy *p)
{
	const struct vpn *vpn;
	struct ipt_view v;

	ipt_entry_view(t->family, e, &v);
	vec_each(vpn, &p->vpns)
		if (vpn->ipsec ? concerns_tunnels(&v, hook, vpn->ipsec)
			       : concerns(&v, hook, vpn->dev))
			return true;
	return false;
}

static void tell(const struct ipt_table *t, const char *chain,
		 const struct before *b,
		 void (*found)(void *arg, const char *what), void *arg)
{
	bool direct = !strcmp(b->target, "ACCEPT");
	char *what;

	what = mem_printf("rule %u of %s in %stables table \"%s\" %s%s%s before the jump to %s",
			  b->number, ipt_chain_hook(chain),
			  ipt_chain_family(t->family), t->name,
			  direct ? "accepts" : "goes to \"",
			  direct ? "" : b->target,
			  direct ? "" : "\", which may accept,", chain);
	found(arg, what);
	free(what);
}

/* libiptc walks through one chain at a time, so first make a list of rules. */
static void find_before(const struct ipt_table *t, const char *chain,
			const struct policy *p,
			void (*found)(void *arg, const char *what), void *arg)
{
	const char *hook = ipt_chain_hook(chain);
	VEC(struct before) list = { 0 };
	struct before b = { 0 };
	const struct before *i;
	const void *e;

	for (e = ipt_table_first_rule(t, hook); e;
	     e = ipt_table_next_rule(t, e)) {
		b.number++;
		b.target = ipt_table_target(t, e);
		if (!strcmp(b.target, chain))
			break;
		if (concerns_any(t, e, ipt_chain_hook_kind(chain), p))
			vec_push(&list, b);
	}
	vec_each(i, &list)
		if (may_accept(t, i->target))
			tell(t, chain, i, found, arg);
	vec_fini(&list);
}

void ipt_foreign_find(const struct ipt_table *t, const struct policy *p,
		      void (*found)(void *arg, const char *what), void *arg)
{
	VEC(const char *) ours = { 0 };
	const char *chain, *const *i;

	for (chain = ipt_table_first(t); chain; chain = ipt_table_next(t))
		if (ipt_chain_hook(chain) && ipt_chain_is_ours(chain))
			vec_push(&ours, chain);
	vec_each(i, &ours)
		find_before(t, *i, p, found, arg);
	vec_fini(&ours);
}
