/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_entry.h"

#include <errno.h>
#include <string.h>

#include <linux/netfilter/xt_limit.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

static void view4(struct ipt_entry *e, struct ipt_view *v)
{
	*v = (struct ipt_view){
		.entry = e,
		.head = &e->ip,
		.size = sizeof(*e),
		.head_size = sizeof(e->ip),
		.src = (uint8_t *)&e->ip.src,
		.dst = (uint8_t *)&e->ip.dst,
		.src_mask = (uint8_t *)&e->ip.smsk,
		.dst_mask = (uint8_t *)&e->ip.dmsk,
		.iif = e->ip.iniface,
		.oif = e->ip.outiface,
		.iif_mask = e->ip.iniface_mask,
		.oif_mask = e->ip.outiface_mask,
		.proto = &e->ip.proto,
		.flags = &e->ip.flags,
		.flag_goto = IPT_F_GOTO,
		.target_offset = &e->target_offset,
		.next_offset = &e->next_offset,
		.counters = &e->counters,
	};
}

static void view6(struct ip6t_entry *e, struct ipt_view *v)
{
	*v = (struct ipt_view){
		.entry = e,
		.head = &e->ipv6,
		.size = sizeof(*e),
		.head_size = offsetof(struct ip6t_ip6, invflags) + 1,
		.src = e->ipv6.src.s6_addr,
		.dst = e->ipv6.dst.s6_addr,
		.src_mask = e->ipv6.smsk.s6_addr,
		.dst_mask = e->ipv6.dmsk.s6_addr,
		.iif = e->ipv6.iniface,
		.oif = e->ipv6.outiface,
		.iif_mask = e->ipv6.iniface_mask,
		.oif_mask = e->ipv6.outiface_mask,
		.proto = &e->ipv6.proto,
		.flags = &e->ipv6.flags,
		.flag_goto = IP6T_F_GOTO,
		.flag_proto = IP6T_F_PROTO,
		.target_offset = &e->target_offset,
		.next_offset = &e->next_offset,
		.counters = &e->counters,
	};
}

void ipt_entry_view(unsigned int family, const void *entry,
		    struct ipt_view *out)
{
	if (family == FAMILY_IP4)
		view4((void *)entry, out);
	else
		view6((void *)entry, out);
	out->target = (void *)((char *)entry + *out->target_offset);
}

static void put_addr(const struct ipt_view *v, const struct match *m)
{
	struct prefix net = m->net;
	uint8_t *mask = m->field == FIELD_SADDR ? v->src_mask : v->dst_mask;
	unsigned int bits = net.len;

	prefix_mask(&net);
	memcpy(m->field == FIELD_SADDR ? v->src : v->dst, net.addr.b,
	       family_bytes(net.family));
	for (; bits >= 8; bits -= 8)
		*mask++ = 0xff;
	if (bits)
		*mask = (uint8_t)(0xff00 >> bits);
}

/* The mask of "tun0" includes the NUL; of "tun*" only the bytes before "*". */
static void put_ifname(char *name, unsigned char *mask, const char *text)
{
	size_t n = strnlen(text, IFNAMSIZ - 1);

	memcpy(name, text, n);
	if (n && text[n - 1] == '*') {
		name[n - 1] = '+';
		memset(mask, 0xff, n - 1);
	} else if (n) {
		memset(mask, 0xff, n + 1);
	}
}

static void put_proto(const struct ipt_view *v, unsigned int proto)
{
	*v->proto = (uint16_t)proto;
	*v->flags |= v->flag_proto;
}

static int put_ext(struct ipt_ext *x, unsigned int family,
		   const struct ruleset *rs, unsigned int i, unsigned int n,
		   struct loc at, const struct ipt_view *v, struct diag *d)
{
	const struct xt_entry_match *m;

	m = ipt_ext_build(x, family, rs, i, n, at, d);
	if (!m)
		return -ENOPKG;
	if (*v->target_offset + m->u.match_size +
	    sizeof(struct xt_standard_target) > IPT_ENTRY_MAX)
		return diag_error(d, at, -EINVAL,
				  "a rule with too many matches");
	memcpy((char *)v->entry + *v->target_offset, m, m->u.match_size);
	*v->target_offset = (uint16_t)(*v->target_offset + m->u.match_size);
	return 0;
}

/* The number of matches from I on that are one match in iptables: source port
 * and destination port. */
static unsigned int count_matches(const struct ruleset *rs,
				  const struct rule *rule, unsigned int i)
{
	const struct match *m = &rs->matches.v[rule->match + i];

	return m->kind == MATCH_PORT && i + 1 < rule->n_matches &&
	       m[1].kind == MATCH_PORT ? 2 : 1;
}

static int put_match(struct ipt_ext *x, unsigned int family,
		     const struct ruleset *rs, unsigned int i, unsigned int n,
		     struct loc at, const struct ipt_view *v, struct diag *d)
{
	const struct match *m = &rs->matches.v[i];

	if (ipt_ext_name(m))
		return put_ext(x, family, rs, i, n, at, v, d);
	if (m->kind == MATCH_ADDR && m->net.family == family)
		put_addr(v, m);
	else if (m->kind == MATCH_IIFNAME)
		put_ifname(v->iif, v->iif_mask, m->name);
	else if (m->kind == MATCH_OIFNAME)
		put_ifname(v->oif, v->oif_mask, m->name);
	else if (m->kind == MATCH_PROTO)
		put_proto(v, m->proto);
	else
		return diag_error(d, at, -EINVAL, "%stables has no such match",
				  ipt_chain_family(family));
	return 0;
}

static const char *target_name(const struct rule *rule)
{
	switch ((enum verdict_kind)rule->verdict) {
	case RULE_ACCEPT:
		return "ACCEPT";
	case RULE_DROP:
		return "DROP";
	case RULE_RETURN:
		return "RETURN";
	case RULE_JUMP:
	case RULE_GOTO:
		return rule->target ? ipt_chain_label(rule->target) : "";
	case RULE_VMAP:
	case RULE_LOG:
		break;
	}
	return "";
}

static int put_ext_target(struct ipt_ext *x, unsigned int family,
			  const struct ipt_view *v, const struct rule *rule,
			  struct diag *d)
{
	const struct xt_entry_target *t;

	t = ipt_ext_build_log(x, family, rule, d);
	if (!t)
		return -ENOPKG;
	if (*v->target_offset + t->u.target_size > IPT_ENTRY_MAX)
		return diag_error(d, rule->at, -EINVAL,
				  "a rule with too many matches");
	memcpy((char *)v->entry + *v->target_offset, t, t->u.target_size);
	*v->next_offset = (uint16_t)(*v->target_offset + t->u.target_size);
	return 0;
}

static void put_target(const struct ipt_view *v, const struct rule *rule)
{
	struct xt_standard_target *t;

	t = (void *)((char *)v->entry + *v->target_offset);
	memset(t, 0, XT_ALIGN(sizeof(*t)));
	t->target.u.target_size = XT_ALIGN(sizeof(*t));
	/* strncpy fills the rest with 0 */
	strncpy(t->target.u.user.name, target_name(rule),
		sizeof(t->target.u.user.name) - 1);
	if (rule->verdict == RULE_GOTO)
		*v->flags |= v->flag_goto;
	*v->next_offset = (uint16_t)(*v->target_offset + XT_ALIGN(sizeof(*t)));
}

int ipt_entry_build(struct ipt_ext *x, unsigned int family,
		    const struct ruleset *rs, const struct rule *rule,
		    char buf[static IPT_ENTRY_MAX], struct diag *d)
{
	struct ipt_view v;
	unsigned int i, n;
	int r = 0;

	memset(buf, 0, sizeof(struct ip6t_entry));
	ipt_entry_view(family, buf, &v);
	*v.target_offset = (uint16_t)v.size;
	for (i = 0; !r && i < rule->n_matches; i += n) {
		n = count_matches(rs, rule, i);
		r = put_match(x, family, rs, rule->match + i, n, rule->at, &v,
			      d);
	}
	if (!r && ipt_ext_target_name(rule))
		return put_ext_target(x, family, &v, rule, d);
	if (!r)
		put_target(&v, rule);
	return r;
}

/* The size of the part of a match that has a meaning: in xt_limit the kernel
 * keeps its own data after the rate, and returns them before 4.11. */
static size_t said_size(const struct xt_entry_match *m)
{
	if (!strcmp(m->u.user.name, "limit"))
		return offsetof(struct xt_rateinfo, prev);
	return m->u.match_size - sizeof(*m);
}

/* The kernel returns undefined bytes after the NUL of a name. */
static bool matches_equal(const struct xt_entry_match *a,
			  const struct xt_entry_match *b)
{
	return a->u.match_size == b->u.match_size &&
	       a->u.user.revision == b->u.user.revision &&
	       !strcmp(a->u.user.name, b->u.user.name) &&
	       !memcmp(a->data, b->data, said_size(a));
}

static bool targets_equal(const struct xt_entry_target *a,
			  const struct xt_entry_target *b)
{
	return a->u.target_size == b->u.target_size &&
	       a->u.user.revision == b->u.user.revision &&
	       !strcmp(a->u.user.name, b->u.user.name) &&
	       !memcmp(a->data, b->data, a->u.target_size - sizeof(*a));
}

bool ipt_entry_equal(unsigned int family, const void *built, const void *e,
		     const char *target)
{
	const struct xt_entry_match *m;
	struct ipt_view a, b;
	size_t at;

	ipt_entry_view(family, built, &a);
	ipt_entry_view(family, e, &b);
	if (*a.target_offset != *b.target_offset ||
	    *a.next_offset != *b.next_offset ||
	    memcmp(a.head, b.head, a.head_size))
		return false;
	for (at = a.size; at < *a.target_offset; at += m->u.match_size) {
		m = ipt_entry_match(&a, at);
		if (!matches_equal(m, ipt_entry_match(&b, at)))
			return false;
	}
	/* the kernel's standard target has a number and no name */
	return *b.target->u.user.name ? targets_equal(a.target, b.target)
				      : !strcmp(a.target->u.user.name, target);
}
