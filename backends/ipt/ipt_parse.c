/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_parse.h"

#include <stdio.h>
#include <string.h>

#include <linux/netfilter/xt_NFLOG.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_limit.h>
#include <linux/netfilter/xt_mac.h>
#include <linux/netfilter/xt_policy.h>
#include <linux/netfilter/xt_sctp.h>
#include <linux/netfilter/xt_tcpudp.h>

void ipt_parser_init(struct ipt_parser *p, struct ipt_ext *x)
{
	memset(p, 0, sizeof(*p));
	p->x = x;
}

void ipt_parser_fini(struct ipt_parser *p)
{
	ruleset_fini(&p->rs);
	vec_fini(&p->rules);
}

/* The number of bits of a mask before the first 0. */
static unsigned int mask_length(const uint8_t *mask, unsigned int bits)
{
	unsigned int n = 0;

	while (n + 8 <= bits && mask[n / 8] == 0xff)
		n += 8;
	while (n < bits && mask[n / 8] & 0x80 >> n % 8)
		n++;
	return n;
}

static void parse_addr(struct ipt_parser *p, unsigned int family,
		       enum field field, const uint8_t *addr,
		       const uint8_t *mask)
{
	unsigned int len = mask_length(mask, family_bits(family));
	struct match *m;

	if (!len)
		return;
	m = ruleset_add_match(&p->rs, MATCH_ADDR);
	m->family = (uint8_t)family;
	m->field = (uint8_t)field;
	m->net.family = (uint8_t)family;
	m->net.len = (uint8_t)len;
	memcpy(m->net.addr.b, addr, family_bytes(family));
}

static void parse_ifname(struct ipt_parser *p, enum match_kind kind,
			 const char *name)
{
	char *copy = p->names[kind == MATCH_OIFNAME];
	size_t n = strnlen(name, IFNAMSIZ - 1);

	if (!n)
		return;
	memcpy(copy, name, n);
	copy[n] = '\0';
	if (copy[n - 1] == '+')
		copy[n - 1] = '*';
	ruleset_add_match(&p->rs, kind)->name = copy;
}

static void add_ports(struct ipt_parser *p, unsigned int proto,
		      enum field field, const uint16_t *range)
{
	struct match *m;

	if (!range[0] && range[1] == 0xffff)
		return;
	m = ruleset_add_match(&p->rs, MATCH_PORT);
	m->proto = (uint8_t)proto;
	m->field = (uint8_t)field;
	m->from = range[0];
	m->to = range[1];
}

static void parse_tcp(struct ipt_parser *p, const void *data)
{
	const struct xt_tcp *tcp = data;

	add_ports(p, IPPROTO_TCP, FIELD_SADDR, tcp->spts);
	add_ports(p, IPPROTO_TCP, FIELD_DADDR, tcp->dpts);
}

static void parse_udp(struct ipt_parser *p, const void *data)
{
	const struct xt_udp *udp = data;

	add_ports(p, IPPROTO_UDP, FIELD_SADDR, udp->spts);
	add_ports(p, IPPROTO_UDP, FIELD_DADDR, udp->dpts);
}

/* Flags tell which ports the rule matches; the others are 0. */
static void parse_sctp(struct ipt_parser *p, const void *data)
{
	const struct xt_sctp_info *sctp = data;

	if (sctp->flags & XT_SCTP_SRC_PORTS)
		add_ports(p, IPPROTO_SCTP, FIELD_SADDR, sctp->spts);
	if (sctp->flags & XT_SCTP_DEST_PORTS)
		add_ports(p, IPPROTO_SCTP, FIELD_DADDR, sctp->dpts);
}

static void parse_tunnel(const struct xt_policy_elem *e, unsigned int family,
			 struct match *m)
{
	const union xt_policy_addr *end;

	end = m->field == FIELD_SADDR ? &e->daddr : &e->saddr;
	m->net.family = (uint8_t)family;
	m->net.len = (uint8_t)family_bits(family);
	memcpy(m->net.addr.b, end, family_bytes(family));
}

static void parse_policy(struct ipt_parser *p, unsigned int family,
			 const void *data)
{
	const struct xt_policy_info *info = data;
	const struct xt_policy_elem *e = &info->pol[0];
	struct match *m = ruleset_add_match(&p->rs, MATCH_IPSEC);

	m->field = info->flags & XT_POLICY_MATCH_IN ? FIELD_SADDR : FIELD_DADDR;
	m->clear = info->flags & XT_POLICY_MATCH_NONE;
	if (e->match.reqid)
		m->reqid = e->reqid;
	if (m->field == FIELD_SADDR ? e->match.daddr : e->match.saddr)
		parse_tunnel(e, family, m);
}

static void parse_mac(struct ipt_parser *p, const void *data)
{
	const struct xt_mac_info *mac = data;

	memcpy(ruleset_add_match(&p->rs, MATCH_ETHER)->mac, mac->srcaddr,
	       sizeof(mac->srcaddr));
}

/* The form that libxtables makes of a rate up to LOG_RATE_MAX. */
static void parse_limit(struct ipt_parser *p, const void *data)
{
	const struct xt_rateinfo *limit = data;
	struct match *m = ruleset_add_match(&p->rs, MATCH_LIMIT);

	m->from = (uint16_t)(limit->avg ? XT_LIMIT_SCALE / limit->avg : 0);
	m->to = (uint16_t)limit->burst;
}

static void parse_tracked(struct ipt_parser *p, unsigned int family,
			  const void *data)
{
	const struct xt_conntrack_mtinfo3 *info = data;
	struct match *m = ruleset_add_match(&p->rs, MATCH_TRACKED);
	unsigned int len = mask_length((const uint8_t *)&info->origsrc_mask,
				       family_bits(family));

	m->field = info->invert_flags & XT_CONNTRACK_DIRECTION ? FIELD_DADDR
								: FIELD_SADDR;
	if (info->state_mask & XT_CONNTRACK_STATE_SNAT)
		m->status = TRANSLATION_SOURCE;
	else if (info->state_mask & XT_CONNTRACK_STATE_DNAT)
		m->status = TRANSLATION_DEST;
	if (!len)
		return;
	m->net.family = (uint8_t)family;
	m->net.len = (uint8_t)len;
	memcpy(m->net.addr.b, &info->origsrc_addr, family_bytes(family));
}

static void parse_comment(struct ipt_parser *p, const void *data)
{
	const struct xt_comment_info *comment = data;

	if (memchr(comment->comment, '\0', sizeof(comment->comment)))
		ruleset_add_match(&p->rs, MATCH_COMMENT)->name =
			comment->comment;
}

/* The size that struct NAME must have in a match. */
#define SIZE(name) XT_ALIGN(sizeof(struct name))

static void parse_match(struct ipt_parser *p, unsigned int family,
			const struct xt_entry_match *m)
{
	size_t size = m->u.match_size - sizeof(*m);
	const char *name = m->u.user.name;

	if (!strcmp(name, "tcp") && size == SIZE(xt_tcp))
		parse_tcp(p, m->data);
	else if (!strcmp(name, "udp") && size == SIZE(xt_udp))
		parse_udp(p, m->data);
	else if (!strcmp(name, "sctp") && size == SIZE(xt_sctp_info))
		parse_sctp(p, m->data);
	else if (!strcmp(name, "policy") && size == SIZE(xt_policy_info))
		parse_policy(p, family, m->data);
	else if (!strcmp(name, "mac") && size == SIZE(xt_mac_info))
		parse_mac(p, m->data);
	else if (!strcmp(name, "limit") && size == SIZE(xt_rateinfo))
		parse_limit(p, m->data);
	else if (!strcmp(name, "conntrack") &&
		 size == SIZE(xt_conntrack_mtinfo3))
		parse_tracked(p, family, m->data);
	else if (!strcmp(name, "comment") && size == SIZE(xt_comment_info))
		parse_comment(p, m->data);
}

static bool parse_log(struct ipt_parser *p, const struct xt_entry_target *t,
		      struct rule *rule)
{
	const struct xt_nflog_info *log = (const void *)t->data;

	if (strcmp(t->u.user.name, "NFLOG") != 0 ||
	    t->u.target_size != XT_ALIGN(sizeof(*t)) + SIZE(xt_nflog_info))
		return false;
	snprintf(p->target, sizeof(p->target), "%.*s",
		 (int)sizeof(log->prefix), log->prefix);
	rule->verdict = RULE_LOG;
	rule->target = p->target;
	rule->group = log->group;
	return true;
}

static void parse_target(struct ipt_parser *p, unsigned int family,
			 const struct ipt_view *v, const char *target,
			 struct rule *rule)
{
	bool is_goto = *v->flags & v->flag_goto;

	if (parse_log(p, v->target, rule))
		return;
	if (!strcmp(target, "ACCEPT")) {
		rule->verdict = RULE_ACCEPT;
	} else if (!strcmp(target, "DROP")) {
		rule->verdict = RULE_DROP;
	} else if (!strcmp(target, "RETURN")) {
		rule->verdict = RULE_RETURN;
	} else {
		rule->verdict = is_goto ? RULE_GOTO : RULE_JUMP;
		stpcpy(stpcpy(stpcpy(p->target, ipt_chain_family(family)),
			      "/"), target);
		rule->target = *target ? p->target : NULL;
	}
}

static struct rule *parse_rule(struct ipt_parser *p, unsigned int family,
			       const void *entry, const char *target)
{
	const struct xt_entry_match *m;
	struct ipt_view v;
	struct rule *rule;
	size_t at;

	p->rs.chains.n = p->rs.rules.n = p->rs.matches.n = 0;
	ruleset_add_chain(&p->rs, "");
	rule = ruleset_add_rule(&p->rs, RULE_DROP, NULL, LOC_NONE);
	ipt_entry_view(family, entry, &v);
	parse_addr(p, family, FIELD_SADDR, v.src, v.src_mask);
	parse_addr(p, family, FIELD_DADDR, v.dst, v.dst_mask);
	parse_ifname(p, MATCH_IIFNAME, v.iif);
	parse_ifname(p, MATCH_OIFNAME, v.oif);
	if (*v.proto)
		ruleset_add_match(&p->rs, MATCH_PROTO)->proto =
			(uint8_t)*v.proto;
	for (at = v.size; at < *v.target_offset; at += m->u.match_size) {
		m = ipt_entry_match(&v, at);
		parse_match(p, family, m);
	}
	parse_target(p, family, &v, target, rule);
	return rule;
}

/*
 * Parts that the parser does not know (an inverted address, another match) are
 * not in the rule; so the entry made of the rule differs from ENTRY.
 */
struct kernel_rule ipt_parse_rule(struct ipt_parser *p, unsigned int family,
				  const void *entry, const char *target)
{
	struct rule *rule = parse_rule(p, family, entry, target);
	struct diag silent = { 0 };

	if (ipt_entry_build(p->x, family, &p->rs, rule, p->built, &silent) ||
	    !ipt_entry_equal(family, p->built, entry, target))
		return (struct kernel_rule){ 0 };
	return kernel_rule_of(&p->rs, rule);
}
