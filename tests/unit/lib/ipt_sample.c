/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/ipt_sample.h"

#include <netinet/in.h>
#include <stdlib.h>

void ipt_sample_rule(struct ruleset *rs, enum verdict_kind verdict,
		     const char *target)
{
	ruleset_add_rule(rs, verdict, target, LOC_NONE);
}

static struct prefix to_prefix(const char *text)
{
	struct prefix p;

	if (prefix_parse(str_of(text), &p))
		abort();
	return p;
}

void ipt_sample_addr(struct ruleset *rs, enum field field, const char *net)
{
	struct match *m = ruleset_add_match(rs, MATCH_ADDR);

	m->net = to_prefix(net);
	m->family = m->net.family;
	m->field = (uint8_t)field;
}

static void add_proto(struct ruleset *rs, unsigned int proto)
{
	ruleset_add_match(rs, MATCH_PROTO)->proto = (uint8_t)proto;
}

void ipt_sample_port(struct ruleset *rs, unsigned int proto,
		     enum field field, unsigned int from, unsigned int to)
{
	struct match *m;

	add_proto(rs, proto);
	m = ruleset_add_match(rs, MATCH_PORT);
	m->proto = (uint8_t)proto;
	m->field = (uint8_t)field;
	m->from = (uint16_t)from;
	m->to = (uint16_t)to;
}

void ipt_sample_ipsec(struct ruleset *rs, enum field field, bool clear,
		      const char *end, uint32_t reqid)
{
	struct match *m = ruleset_add_match(rs, MATCH_IPSEC);

	m->field = (uint8_t)field;
	m->clear = clear;
	m->reqid = reqid;
	if (end)
		m->net = to_prefix(end);
}

void ipt_sample_name(struct ruleset *rs, enum match_kind kind,
		     const char *name)
{
	ruleset_add_match(rs, kind)->name = name;
}

static void add_ether(struct ruleset *rs)
{
	static const uint8_t mac[6] = { 0x00, 0x1b, 0x2c, 0xfd, 0x0e, 0x5f };

	memcpy(ruleset_add_match(rs, MATCH_ETHER)->mac, mac, sizeof(mac));
}

static const char *const comments[] = {
	"john", "o'brien \"the\" \\ b\xc3\xa4r", "-j ACCEPT", "!", "$(x) `y` #",
	"\xff\x80 bytes", "64 bytes: 0123456789012345678901234567890123456789"
	"01234567890123456789", NULL,
};

static void add_comments(struct ruleset *rs)
{
	unsigned int i;

	for (i = 0; comments[i]; i++) {
		ipt_sample_rule(rs, RULE_RETURN, NULL);
		ipt_sample_name(rs, MATCH_COMMENT, comments[i]);
	}
}

static void add_ports(struct ruleset *rs)
{
	ipt_sample_rule(rs, RULE_RETURN, NULL);
	ipt_sample_port(rs, IPPROTO_TCP, FIELD_DADDR, 80, 80);
	ipt_sample_rule(rs, RULE_RETURN, NULL);
	ipt_sample_port(rs, IPPROTO_TCP, FIELD_SADDR, 0, 443);
	ipt_sample_rule(rs, RULE_RETURN, NULL);
	ipt_sample_port(rs, IPPROTO_UDP, FIELD_DADDR, 1024, 65535);
	ipt_sample_rule(rs, RULE_RETURN, NULL);
	ipt_sample_port(rs, IPPROTO_UDP, FIELD_SADDR, 53, 53);
	ipt_sample_rule(rs, RULE_RETURN, NULL);
	ipt_sample_port(rs, IPPROTO_SCTP, FIELD_DADDR, 1, 2);
	ipt_sample_rule(rs, RULE_RETURN, NULL);
	ipt_sample_port(rs, IPPROTO_SCTP, FIELD_SADDR, 0, 0);
}

static void add_ipsec(struct ruleset *rs, const char *end)
{
	ipt_sample_rule(rs, RULE_ACCEPT, NULL);
	ipt_sample_ipsec(rs, FIELD_SADDR, false, NULL, 0);
	ipt_sample_rule(rs, RULE_ACCEPT, NULL);
	ipt_sample_ipsec(rs, FIELD_DADDR, false, end, 0);
	ipt_sample_rule(rs, RULE_ACCEPT, NULL);
	ipt_sample_ipsec(rs, FIELD_SADDR, false, NULL, 0xffffffff);
	ipt_sample_rule(rs, RULE_ACCEPT, NULL);
	ipt_sample_ipsec(rs, FIELD_SADDR, false, end, 7);
	ipt_sample_rule(rs, RULE_DROP, NULL);
	ipt_sample_ipsec(rs, FIELD_DADDR, true, NULL, 0);
}

static void add_log(struct ruleset *rs, const char *prefix,
		    unsigned int group, unsigned int rate)
{
	struct match *m;

	ruleset_add_rule(rs, RULE_LOG, prefix, LOC_NONE)->group =
		(uint16_t)group;
	m = ruleset_add_match(rs, MATCH_LIMIT);
	m->from = (uint16_t)rate;
	m->to = (uint16_t)(2 * rate);
}

static void add_flow(struct ruleset *rs, enum field direction,
		     enum translation status, const char *source)
{
	struct match *m;

	ipt_sample_rule(rs, RULE_RETURN, NULL);
	m = ruleset_add_match(rs, MATCH_TRACKED);
	m->field = (uint8_t)direction;
	m->status = (uint8_t)status;
	if (source)
		m->net = to_prefix(source);
}

static void add_chain4(struct ipt_sample *s)
{
	struct ruleset *rs = &s->rs;
	const struct source *src;

	src = source_text(&s->sources, "jo\nhn.pf", "[SUBNETS ACCEPT]\n+all\n",
			  22);
	ruleset_add_chain(rs, "ip/VPp-sample");
	ruleset_add_rule(rs, RULE_DROP, NULL, (struct loc){ src, 17, 4 });
	ipt_sample_rule(rs, RULE_JUMP, "ip/VPo-john");
	ipt_sample_addr(rs, FIELD_SADDR, "10.8.0.2");
	ipt_sample_rule(rs, RULE_GOTO, "ip/VPo-john");
	ipt_sample_addr(rs, FIELD_SADDR, "10.8.0.0/17");
	ipt_sample_addr(rs, FIELD_DADDR, "128.0.0.0/1");
	ipt_sample_name(rs, MATCH_IIFNAME, "tun0");
	ipt_sample_name(rs, MATCH_OIFNAME, "tun*");
	add_proto(rs, IPPROTO_ICMP);
	ipt_sample_rule(rs, RULE_RETURN, NULL);
	add_proto(rs, IPPROTO_ESP);
	ipt_sample_rule(rs, RULE_RETURN, NULL);
	add_proto(rs, 250);
	add_ports(rs);
	add_ipsec(rs, "192.0.2.1");
	ipt_sample_rule(rs, RULE_RETURN, NULL);
	ipt_sample_addr(rs, FIELD_SADDR, "10.8.0.2");
	add_ether(rs);
	add_comments(rs);
	add_log(rs, "vpnpf from denied", 7, 10);
	add_log(rs, "x", 0, 100);
	ipt_sample_rule(rs, RULE_LOG, "vpnpf");
	add_flow(rs, FIELD_SADDR, TRANSLATION_DEST, NULL);
	add_flow(rs, FIELD_DADDR, TRANSLATION_SOURCE, NULL);
	add_flow(rs, FIELD_DADDR, TRANSLATION_ANY, "10.8.0.0/23");
}

static void add_chain6(struct ruleset *rs)
{
	ruleset_add_chain(rs, "ip6/VPp-sample");
	ipt_sample_rule(rs, RULE_JUMP, "ip6/VPo-john");
	ipt_sample_addr(rs, FIELD_SADDR, "fd00::2");
	ipt_sample_rule(rs, RULE_GOTO, "ip6/VPo-john");
	ipt_sample_addr(rs, FIELD_SADDR, "fd00:1::/33");
	ipt_sample_addr(rs, FIELD_DADDR, "2000::/3");
	ipt_sample_name(rs, MATCH_IIFNAME, "tun*");
	ipt_sample_name(rs, MATCH_OIFNAME, "tun0");
	add_proto(rs, IPPROTO_ICMPV6);
	ipt_sample_rule(rs, RULE_RETURN, NULL);
	ipt_sample_port(rs, IPPROTO_TCP, FIELD_DADDR, 80, 80);
	add_ipsec(rs, "2001:db8::1");
	ipt_sample_rule(rs, RULE_RETURN, NULL);
	ipt_sample_addr(rs, FIELD_SADDR, "::ffff:10.0.0.1");
	add_ether(rs);
	ipt_sample_name(rs, MATCH_COMMENT, "john");
	add_log(rs, "vpnpf to unknown", 65535, 7);
	add_flow(rs, FIELD_DADDR, TRANSLATION_ANY, "fd00::2");
}

const char *const ipt_sample_text[2][32] = { {
	"-A VPp-sample -j DROP",
	"-A VPp-sample -s 10.8.0.2/32 -j VPo-john",
	"-A VPp-sample -s 10.8.0.0/17 -d 128.0.0.0/1 -i tun0 -o tun+ -p icmp -g VPo-john",
	"-A VPp-sample -p esp -j RETURN",
	"-A VPp-sample -p 250 -j RETURN",
	"-A VPp-sample -p tcp -m tcp --dport 80 -j RETURN",
	"-A VPp-sample -p tcp -m tcp --sport 0:443 -j RETURN",
	"-A VPp-sample -p udp -m udp --dport 1024:65535 -j RETURN",
	"-A VPp-sample -p udp -m udp --sport 53 -j RETURN",
	"-A VPp-sample -p sctp -m sctp --dport 1:2 -j RETURN",
	"-A VPp-sample -p sctp -m sctp --sport 0 -j RETURN",
	"-A VPp-sample -m policy --dir in --pol ipsec --mode tunnel -j ACCEPT",
	"-A VPp-sample -m policy --dir out --pol ipsec --mode tunnel --tunnel-src 192.0.2.1 -j ACCEPT",
	"-A VPp-sample -m policy --dir in --pol ipsec --reqid 4294967295 -j ACCEPT",
	"-A VPp-sample -m policy --dir in --pol ipsec --reqid 7 --mode tunnel --tunnel-dst 192.0.2.1 -j ACCEPT",
	"-A VPp-sample -m policy --dir out --pol none -j DROP",
	"-A VPp-sample -s 10.8.0.2/32 -m mac --mac-source 00:1b:2c:fd:0e:5f -j RETURN",
	"-A VPp-sample -m comment --comment john -j RETURN",
	"-A VPp-sample -m comment --comment \"o\\'brien \\\"the\\\" \\\\ b\xc3\xa4r\" -j RETURN",
	"-A VPp-sample -m comment --comment \"-j ACCEPT\" -j RETURN",
	"-A VPp-sample -m comment --comment \"!\" -j RETURN",
	"-A VPp-sample -m comment --comment \"$(x) `y` #\" -j RETURN",
	"-A VPp-sample -m comment --comment \"\xff\x80 bytes\" -j RETURN",
	"-A VPp-sample -m comment --comment \"64 bytes: 012345678901234567890123456789012345678901234567890123456789\" -j RETURN",
	"-A VPp-sample -m limit --limit 10/sec --limit-burst 20 -j NFLOG --nflog-prefix \"vpnpf from denied\" --nflog-group 7",
	"-A VPp-sample -m limit --limit 100/sec --limit-burst 200 -j NFLOG --nflog-prefix x",
	"-A VPp-sample -j NFLOG --nflog-prefix vpnpf",
	"-A VPp-sample -m conntrack --ctstate DNAT --ctdir ORIGINAL -j RETURN",
	"-A VPp-sample -m conntrack --ctstate SNAT --ctdir REPLY -j RETURN",
	"-A VPp-sample -m conntrack --ctorigsrc 10.8.0.0/23 --ctdir REPLY -j RETURN",
}, {
	"-A VPp-sample -s fd00::2/128 -j VPo-john",
	"-A VPp-sample -s fd00:1::/33 -d 2000::/3 -i tun+ -o tun0 -p ipv6-icmp -g VPo-john",
	"-A VPp-sample -p tcp -m tcp --dport 80 -j RETURN",
	"-A VPp-sample -m policy --dir in --pol ipsec --mode tunnel -j ACCEPT",
	"-A VPp-sample -m policy --dir out --pol ipsec --mode tunnel --tunnel-src 2001:db8::1 -j ACCEPT",
	"-A VPp-sample -m policy --dir in --pol ipsec --reqid 4294967295 -j ACCEPT",
	"-A VPp-sample -m policy --dir in --pol ipsec --reqid 7 --mode tunnel --tunnel-dst 2001:db8::1 -j ACCEPT",
	"-A VPp-sample -m policy --dir out --pol none -j DROP",
	"-A VPp-sample -s ::ffff:10.0.0.1/128 -m mac --mac-source 00:1b:2c:fd:0e:5f -m comment --comment john -j RETURN",
	"-A VPp-sample -m limit --limit 7/sec --limit-burst 14 -j NFLOG --nflog-prefix \"vpnpf to unknown\" --nflog-group 65535",
	"-A VPp-sample -m conntrack --ctorigsrc fd00::2 --ctdir REPLY -j RETURN",
} };

static void add_frame(struct ruleset *rs, const char *hook_chain,
		      const char *client, const char *policy)
{
	ruleset_add_chain(rs, client);
	ipt_sample_rule(rs, RULE_DROP, NULL);
	ruleset_add_chain(rs, hook_chain)->hook = HOOK_FORWARD;
	ipt_sample_rule(rs, RULE_GOTO, policy);
	ipt_sample_name(rs, MATCH_IIFNAME, "tun0");
}

void ipt_sample_init(struct ipt_sample *s)
{
	*s = (struct ipt_sample){ .rs.table = TABLE_FILTER };
	ruleset_add_set(&s->rs, "state", SET_KEY_STATE, FAMILY_IP4);
	add_frame(&s->rs, "ip/VPNPF-FORWARD", "ip/VPo-john", "ip/VPp-sample");
	add_chain4(s);
	add_frame(&s->rs, "ip6/VPNPF-FORWARD", "ip6/VPo-john",
		  "ip6/VPp-sample");
	add_chain6(&s->rs);
	ruleset_sort(&s->rs);
}

void ipt_sample_fini(struct ipt_sample *s)
{
	ruleset_fini(&s->rs);
	sources_fini(&s->sources);
}

void ipt_sample_change(struct ruleset *rs, unsigned int first,
		       unsigned int last)
{
	const struct chain *chain = ruleset_find_chain(rs, "ip/VPp-sample");
	unsigned int i;

	for (i = first; i <= last; i++)
		rs->rules.v[chain->rule + i].verdict = RULE_DROP;
}
