/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_ipt_part.h"

#include <string.h>

bool ipt_has_way(const struct ipt *x, const struct vpn *vpn)
{
	return !vpn->shut &&
	       (!vpn->ipsec || ipsec_has_family(vpn->ipsec, x->family));
}

static bool counts_at(const struct ipt *x, const struct owned_range *o,
		      const struct vpn *vpn)
{
	return o->vpn == vpn - x->p->vpns.v && o->family == x->family &&
	       ipt_has_way(x, vpn);
}

bool ipt_is_here(const struct ipt *x, const struct owned_range *o)
{
	const struct vpn *vpn;

	vec_each(vpn, &x->p->vpns)
		if (counts_at(x, o, vpn))
			return true;
	return false;
}

const char *ipt_name(const struct ipt *x, enum lower_ipt_chain chain,
		     const char *rest)
{
	return lower_ipt_name(x->rs, x->family, lower_ipt_stems[chain].name,
			      rest);
}

const char *ipt_name_of(const struct ipt *x, enum lower_ipt_chain chain,
			const struct vpn *vpn)
{
	return ipt_name(x, chain, x->servers[vpn - x->p->vpns.v].text);
}

struct lower_ipt_leaf ipt_drop_leaf(const struct ipt *x, enum field stage,
				    enum drop_reason reason)
{
	const char *target = lower_log_target(x->p, x->family, stage, reason,
					      x->rs);

	return (struct lower_ipt_leaf){
		.verdict = target ? RULE_GOTO : RULE_DROP, .target = target,
		.denies = true,
	};
}

void ipt_begin_drop(const struct ipt *x, enum field stage,
		    enum drop_reason reason)
{
	struct lower_ipt_leaf leaf = ipt_drop_leaf(x, stage, reason);

	ruleset_add_rule(x->rs, leaf.verdict, leaf.target, LOC_NONE);
}

void ipt_add_leaves(const struct ipt *x, unsigned int client, int vpn,
		    bool tunnel, struct lower_ipt_leaf leaf,
		    struct lower_ipt_leaves *out)
{
	const struct owned_range *o;

	for (o = ownership_begin(&x->owned, client);
	     o < ownership_end(&x->owned, client); o++) {
		if (vpn == IPT_ANY_VPN ? !ipt_is_here(x, o)
				       : !counts_at(x, o, &x->p->vpns.v[vpn]))
			continue;
		leaf.reqid = tunnel && !leaf.denies ? o->reqid : 0;
		lower_ipt_leaves_add(o, leaf, out);
	}
}
