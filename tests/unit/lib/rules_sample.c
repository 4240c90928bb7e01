/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/rules_sample.h"

#include <netinet/in.h>
#include <stdlib.h>

static struct prefix to_prefix(struct str text)
{
	struct prefix p;

	if (prefix_parse(text, &p))
		abort();
	return p;
}

static void put_part(struct elem *e, unsigned int at, const char *text)
{
	const char *dash = strchr(text, '-');
	struct prefix low, high;
	struct addr last;
	unsigned int n;

	if (dash) {
		low = to_prefix((struct str){ text, (size_t)(dash - text) });
		high = to_prefix(str_of(dash + 1));
	} else {
		low = high = to_prefix(str_of(text));
	}
	n = family_bytes(low.family);
	last = prefix_last(&high);
	memcpy(e->key + at, low.addr.b, n);
	memcpy(e->end + at, last.b, n);
}

struct elem *rules_sample_elem(struct set *set, const char *a, const char *b)
{
	struct elem *e = set_add_elem(set);

	put_part(e, 0, a);
	if (b)
		put_part(e, family_bytes(set->family), b);
	return e;
}

void rules_sample_addr(struct ruleset *rs, enum field field, const char *net)
{
	struct match *m = ruleset_add_match(rs, MATCH_ADDR);

	m->net = to_prefix(str_of(net));
	m->family = m->net.family;
	m->field = (uint8_t)field;
}

static void add_map(struct ruleset *rs, const char *name, unsigned int family,
		    bool interval, const char *const *keys)
{
	struct set *set = ruleset_add_set(rs, name, SET_KEY_ADDR, family);
	unsigned int i;

	set->map = true;
	set->interval = interval;
	for (i = 0; keys[i]; i++)
		rules_sample_elem(set, keys[i], NULL)->target =
			i & 1 ? "c/o/20//2fx" : "c/john";
}

static void add_set(struct ruleset *rs, const char *name, enum set_key key,
		    unsigned int family, bool interval, bool counter,
		    const char *const *keys)
{
	struct set *set = ruleset_add_set(rs, name, key, family);
	unsigned int step = key == SET_KEY_PAIR ? 2 : 1;

	set->interval = interval;
	set->counter = counter;
	for (; *keys; keys += step)
		rules_sample_elem(set, keys[0], step > 1 ? keys[1] : NULL);
}

#define KEYS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void add_macs(struct ruleset *rs)
{
	static const uint8_t mac[] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x5f };
	struct elem *e;

	e = set_add_elem(ruleset_add_set(rs, "mac4", SET_KEY_MAC_ADDR,
					 FAMILY_IP4));
	memcpy(e->key, mac, sizeof(mac));
	memcpy(e->key + 6, to_prefix(STR("10.8.0.6")).addr.b, 4);
	memcpy(e->end, e->key, sizeof(e->key));
	e = set_add_elem(ruleset_add_set(rs, "mac6", SET_KEY_MAC_ADDR,
					 FAMILY_IP6));
	memcpy(e->key, mac, sizeof(mac));
	memcpy(e->key + 6, to_prefix(STR("fd00::6")).addr.b, 16);
	memcpy(e->end, e->key, sizeof(e->key));
}

static void add_reqid(struct set *set, const char *addr, uint32_t reqid)
{
	unsigned int n = family_bytes(set->family), i;
	struct elem *e = rules_sample_elem(set, addr, NULL);

	for (i = 0; i < 4; i++)
		e->key[n + i] = e->end[n + i] =
			(uint8_t)(reqid >> (24 - 8 * i));
}

static void add_reqids(struct ruleset *rs)
{
	struct set *set;

	set = ruleset_add_set(rs, "tunnel_reqid4", SET_KEY_ADDR_REQID, FAMILY_IP4);
	add_reqid(set, "10.0.2.10", 1);
	add_reqid(set, "10.0.2.10", 0x01020304);
	add_reqid(set, "10.0.2.11", 0xffffffff);
	set = ruleset_add_set(rs, "tunnel_reqid6", SET_KEY_ADDR_REQID, FAMILY_IP6);
	add_reqid(set, "fd00::6", 0x100);
	set = ruleset_add_set(rs, "tunnel_reqid4_net", SET_KEY_ADDR_REQID, FAMILY_IP4);
	set->interval = true;
	add_reqid(set, "10.0.3.0/24", 1);
	add_reqid(set, "10.0.4.1-10.0.4.5", 0x01020304);
	set = ruleset_add_set(rs, "tunnel_reqid6_net", SET_KEY_ADDR_REQID, FAMILY_IP6);
	set->interval = true;
	add_reqid(set, "fd00:2::/64", 0x100);
}

/* Elements that count, and name their clients. */
static void add_named(struct ruleset *rs, const char *name, bool interval,
		      const char *const *keys)
{
	struct set *set = ruleset_add_set(rs, name, SET_KEY_ADDR, FAMILY_IP4);
	unsigned int i;

	set->interval = interval;
	set->counter = true;
	for (i = 0; keys[i]; i++)
		rules_sample_elem(set, keys[i], NULL)->comment =
			i & 1 ? "o\x7f /\xc3\xa4\\ #;}" : "john";
}

static void add_sets(struct ruleset *rs)
{
	ruleset_add_set(rs, "state", SET_KEY_STATE, FAMILY_IP4);
	add_map(rs, "client_chain4", FAMILY_IP4, false,
		KEYS("10.8.0.6", "10.8.0.10"));
	add_map(rs, "client_chain6", FAMILY_IP6, false, KEYS("fd00::6"));
	add_map(rs, "client_chain4_net", FAMILY_IP4, true,
		KEYS("0.0.0.0-0.0.0.5", "10.9.0.0/24", "10.9.1.0/24",
		     "255.255.255.255"));
	add_map(rs, "client_chain6_net", FAMILY_IP6, true,
		KEYS("::/64", "fd00:1::/64", "fd00:1:0:1::/64", "ffff::/16"));
	add_set(rs, "client_denied4", SET_KEY_ADDR, FAMILY_IP4, false, true,
		KEYS("10.8.0.6", "10.8.0.10"));
	add_set(rs, "client_denied4_net", SET_KEY_ADDR, FAMILY_IP4, true, true,
		KEYS("10.9.0.0/24", "10.9.1.0/24", "240.0.0.0/4"));
	add_named(rs, "from4/office", false, KEYS("10.8.0.6", "10.8.0.10"));
	add_named(rs, "from4_net/office", true,
		  KEYS("10.9.0.0/24", "10.9.1.0/24", "240.0.0.0/4"));
	add_set(rs, "all4n", SET_KEY_ADDR, FAMILY_IP4, true, false,
		KEYS("0.0.0.0/0"));
	add_set(rs, "edge4n", SET_KEY_ADDR, FAMILY_IP4, true, false,
		KEYS("0.0.0.0", "0.0.0.1", "10.0.0.5-10.0.0.9",
		     "10.0.0.10-10.0.0.11", "255.255.255.254",
		     "255.255.255.255"));
	ruleset_add_set(rs, "empty4n", SET_KEY_ADDR, FAMILY_IP4)->interval =
		true;
	add_set(rs, "allow4", SET_KEY_PAIR, FAMILY_IP4, false, false,
		KEYS("10.8.0.6", "10.8.0.10", "10.8.0.10", "10.8.0.6"));
	add_set(rs, "allow6", SET_KEY_PAIR, FAMILY_IP6, false, false,
		KEYS("fd00::6", "fd00::10"));
	add_set(rs, "allow4_net", SET_KEY_PAIR, FAMILY_IP4, true, false,
		KEYS("10.8.0.0/24", "10.9.0.0/16", "10.8.1.0",
		     "10.9.0.3-10.9.0.8", "255.255.255.255", "0.0.0.0/0"));
	add_set(rs, "allow6_net", SET_KEY_PAIR, FAMILY_IP6, true, false,
		KEYS("fd00::/64", "fd01::/64"));
	add_macs(rs);
	add_reqids(rs);
}

static struct rule *add_rule(struct ruleset *rs, enum verdict_kind verdict,
			     const char *target)
{
	return ruleset_add_rule(rs, verdict, target, LOC_NONE);
}

static void add_lookup(struct ruleset *rs, enum match_kind kind,
		       unsigned int family, const char *name)
{
	struct match *m = ruleset_add_match(rs, kind);

	m->family = (uint8_t)family;
	m->field = FIELD_DADDR;
	m->name = name;
}

static void add_ports(struct ruleset *rs, unsigned int proto,
		      enum field field, uint16_t from, uint16_t to)
{
	struct match *m = ruleset_add_match(rs, MATCH_PORT);

	m->proto = (uint8_t)proto;
	m->field = (uint8_t)field;
	m->from = from;
	m->to = to;
}

static void add_vmap(struct ruleset *rs, const char *map, unsigned int family,
		     enum field field, bool counter)
{
	struct rule *rule = add_rule(rs, RULE_VMAP, map);

	rule->family = (uint8_t)family;
	rule->field = (uint8_t)field;
	rule->counter = counter;
}

static void add_client_chains(struct rules_sample *s)
{
	const struct source *src;
	struct ruleset *rs = &s->rs;
	struct rule *rule;

	src = source_text(&s->sources, "john.pf",
			  "[CLIENTS ACCEPT]\n\n+10.0.4.0/24\n", 31);
	ruleset_add_chain(rs, "c/john")->comment = "john";
	rule = add_rule(rs, RULE_JUMP, "p/1");
	rule->counter = true;
	rule->at = (struct loc){ src, 18, 12 };
	ruleset_add_chain(rs, "c/o/20//2fx")->comment =
		"o\" /\xc3\xa4\\ #;} \x01$";
	add_rule(rs, RULE_JUMP, "p/1")->counter = true;
}

static void add_policy_chain(struct ruleset *rs)
{
	ruleset_add_chain(rs, "p/1");
	add_rule(rs, RULE_ACCEPT, NULL);
	add_lookup(rs, MATCH_PAIR, FAMILY_IP4, "allow4");
	add_rule(rs, RULE_ACCEPT, NULL);
	add_lookup(rs, MATCH_PAIR, FAMILY_IP6, "allow6_net");
	add_rule(rs, RULE_GOTO, "p/1/in");
	ruleset_add_match(rs, MATCH_OIFNAME)->name = "tun*";
	add_rule(rs, RULE_RETURN, NULL);
	add_lookup(rs, MATCH_SET, FAMILY_IP4, "edge4n");
	add_rule(rs, RULE_RETURN, NULL);
	rules_sample_addr(rs, FIELD_DADDR, "10.0.4.0/24");
	add_rule(rs, RULE_RETURN, NULL);
	rules_sample_addr(rs, FIELD_DADDR, "128.0.0.0/1");
	add_rule(rs, RULE_RETURN, NULL);
	rules_sample_addr(rs, FIELD_DADDR, "10.0.4.1");
	add_rule(rs, RULE_ACCEPT, NULL);
	rules_sample_addr(rs, FIELD_SADDR, "fd00::/9");
	add_rule(rs, RULE_ACCEPT, NULL);
	rules_sample_addr(rs, FIELD_SADDR, "fd00::1");
	add_rule(rs, RULE_ACCEPT, NULL);
	rules_sample_addr(rs, FIELD_SADDR, "0.0.0.0/0");
	add_rule(rs, RULE_DROP, NULL);
	ruleset_add_match(rs, MATCH_FAMILY)->family = FAMILY_IP6;
	ruleset_add_chain(rs, "p/1/in");
	add_rule(rs, RULE_ACCEPT, NULL);
	ruleset_add_chain(rs, "p/none");
}

static void add_service_chain(struct ruleset *rs)
{
	ruleset_add_chain(rs, "p/1/services");
	add_rule(rs, RULE_ACCEPT, NULL);
	rules_sample_addr(rs, FIELD_SADDR, "10.0.4.0/24");
	ruleset_add_match(rs, MATCH_PROTO)->proto = IPPROTO_TCP;
	add_ports(rs, IPPROTO_TCP, FIELD_DADDR, 80, 80);
	add_rule(rs, RULE_ACCEPT, NULL);
	add_ports(rs, IPPROTO_UDP, FIELD_SADDR, 80, 443);
	rules_sample_addr(rs, FIELD_DADDR, "10.0.5.0/24");
	add_rule(rs, RULE_ACCEPT, NULL);
	add_ports(rs, IPPROTO_SCTP, FIELD_DADDR, 0, 65535);
	add_rule(rs, RULE_ACCEPT, NULL);
	ruleset_add_match(rs, MATCH_PROTO)->proto = IPPROTO_TCP;
	add_rule(rs, RULE_ACCEPT, NULL);
	rules_sample_addr(rs, FIELD_DADDR, "10.0.0.0/8");
	ruleset_add_match(rs, MATCH_PROTO)->proto = IPPROTO_ICMP;
	add_rule(rs, RULE_ACCEPT, NULL);
	rules_sample_addr(rs, FIELD_DADDR, "fd00::/8");
	ruleset_add_match(rs, MATCH_PROTO)->proto = IPPROTO_ICMPV6;
	add_rule(rs, RULE_DROP, NULL)->counter = true;
	ruleset_add_match(rs, MATCH_PROTO)->proto = 250;
	add_rule(rs, RULE_ACCEPT, NULL);
	ruleset_add_match(rs, MATCH_PROTO)->proto = IPPROTO_ESP;
}

static void add_frame(struct ruleset *rs)
{
	struct chain *chain;

	ruleset_add_chain(rs, "from_client");
	add_rule(rs, RULE_DROP, NULL)->counter = true;
	add_lookup(rs, MATCH_MAC, FAMILY_IP4, "mac4");
	add_rule(rs, RULE_DROP, NULL);
	add_lookup(rs, MATCH_MAC, FAMILY_IP6, "mac6");
	add_vmap(rs, "client_chain4", FAMILY_IP4, FIELD_SADDR, false);
	add_vmap(rs, "client_chain6", FAMILY_IP6, FIELD_DADDR, true);
	add_vmap(rs, "client_chain4_net", FAMILY_IP4, FIELD_SADDR, false);
	add_vmap(rs, "client_chain6_net", FAMILY_IP6, FIELD_SADDR, false);
	add_rule(rs, RULE_DROP, NULL)->counter = true;
	chain = ruleset_add_chain(rs, "from_vpn");
	chain->hook = HOOK_PREROUTING;
	chain->priority = -101;
	add_rule(rs, RULE_GOTO, "from_client");
	ruleset_add_match(rs, MATCH_IIFNAME)->name = "tun0";
	chain = ruleset_add_chain(rs, "a_vpn");
	chain->hook = HOOK_POSTROUTING;
	chain->priority = 101;
	add_rule(rs, RULE_GOTO, "from_client");
	ruleset_add_match(rs, MATCH_OIFNAME)->name = "*";
}

static void add_ipsec(struct ruleset *rs, enum field field, bool clear,
		      const char *net, uint32_t reqid)
{
	struct match *m = ruleset_add_match(rs, MATCH_IPSEC);

	m->field = (uint8_t)field;
	m->clear = clear;
	m->reqid = reqid;
	if (net)
		m->net = to_prefix(str_of(net));
}

static void add_bound(struct ruleset *rs, enum field field,
		      unsigned int family, const char *name)
{
	add_rule(rs, RULE_DROP, NULL)->counter = true;
	add_lookup(rs, MATCH_REQID, family, name);
	rs->matches.v[rs->matches.n - 1].field = (uint8_t)field;
}

/* The one direction in the one hook, the other in the other: the kernel takes
 * nothing else. */
static void add_ipsec_chain(struct ruleset *rs, const char *name,
			    enum hook hook, enum field field)
{
	struct chain *chain = ruleset_add_chain(rs, name);

	chain->hook = hook;
	add_rule(rs, RULE_GOTO, "p/none");
	rules_sample_addr(rs, field, "10.0.2.0/24");
	add_ipsec(rs, field, false, "192.0.2.1", 0);
	add_rule(rs, RULE_GOTO, "p/none");
	rules_sample_addr(rs, field, "10.0.2.0/24");
	add_ipsec(rs, field, false, "2001:db8::1", 0x01020304);
	add_rule(rs, RULE_RETURN, NULL);
	add_ipsec(rs, field, false, NULL, 1);
	add_rule(rs, RULE_RETURN, NULL);
	add_ipsec(rs, field, false, NULL, 0);
	add_rule(rs, RULE_DROP, NULL);
	add_ipsec(rs, field, true, NULL, 0);
	add_bound(rs, field, FAMILY_IP4, "tunnel_reqid4");
	add_bound(rs, field, FAMILY_IP6, "tunnel_reqid6");
	add_bound(rs, field, FAMILY_IP4, "tunnel_reqid4_net");
	add_bound(rs, field, FAMILY_IP6, "tunnel_reqid6_net");
}

static void add_log_chain(struct ruleset *rs)
{
	struct match *m;

	ruleset_add_chain(rs, "log_denied");
	add_rule(rs, RULE_LOG, "vpnpf from denied")->group = 7;
	m = ruleset_add_match(rs, MATCH_LIMIT);
	m->from = 10;
	m->to = 20;
	add_rule(rs, RULE_LOG, "x")->group = 65535;
	m = ruleset_add_match(rs, MATCH_LIMIT);
	m->from = 1;
	m->to = 2;
	add_rule(rs, RULE_LOG, "vpnpf")->counter = true;
	add_rule(rs, RULE_DROP, NULL);
}

static void add_flow(struct ruleset *rs, enum field field,
		     enum translation status)
{
	struct match *m = ruleset_add_match(rs, MATCH_TRACKED);

	m->field = (uint8_t)field;
	m->status = (uint8_t)status;
}

static void add_flow_chain(struct ruleset *rs)
{
	struct match *m;

	ruleset_add_chain(rs, "p/1/flow");
	add_rule(rs, RULE_ACCEPT, NULL);
	ruleset_add_match(rs, MATCH_LOCAL);
	add_rule(rs, RULE_JUMP, "p/none");
	add_flow(rs, FIELD_DADDR, TRANSLATION_SOURCE);
	add_rule(rs, RULE_RETURN, NULL);
	ruleset_add_match(rs, MATCH_IIFNAME)->name = "tun0";
	add_flow(rs, FIELD_SADDR, TRANSLATION_DEST);
	add_rule(rs, RULE_RETURN, NULL);
	add_flow(rs, FIELD_SADDR, TRANSLATION_ANY);
	add_rule(rs, RULE_RETURN, NULL);
	ruleset_add_match(rs, MATCH_SDIFNAME)->name = "tun0";
	add_rule(rs, RULE_ACCEPT, NULL);
	add_lookup(rs, MATCH_ORIGINAL, FAMILY_IP4, "edge4n");
	add_rule(rs, RULE_ACCEPT, NULL);
	add_lookup(rs, MATCH_ORIGINAL, FAMILY_IP6, NULL);
	m = &rs->matches.v[rs->matches.n - 1];
	m->field = FIELD_SADDR;
	m->net = to_prefix(STR("fd00::/9"));
	add_rule(rs, RULE_ACCEPT, NULL);
	add_lookup(rs, MATCH_ORIGINAL_PAIR, FAMILY_IP4, "allow4");
	add_rule(rs, RULE_ACCEPT, NULL);
	add_lookup(rs, MATCH_ORIGINAL_PAIR, FAMILY_IP6, "allow6_net");
}

const char *const rules_sample_text[] = {
	"counter jump p/1",
	"counter jump p/1",
	"ip saddr . ip daddr @allow4 accept",
	"ip6 saddr . ip6 daddr @allow6_net accept",
	"oifname \"tun*\" goto p/1/in",
	"ip daddr @edge4n return",
	"ip daddr 10.0.4.0/24 return",
	"ip daddr 128.0.0.0/1 return",
	"ip daddr 10.0.4.1 return",
	"ip6 saddr fd00::/9 accept",
	"ip6 saddr fd00::1 accept",
	"meta nfproto ipv4 accept",
	"meta nfproto ipv6 drop",
	"accept",
	"ip saddr 10.0.4.0/24 tcp dport 80 accept",
	"udp sport 80-443 ip daddr 10.0.5.0/24 accept",
	"sctp dport 0-65535 accept",
	"meta l4proto tcp accept",
	"ip daddr 10.0.0.0/8 meta l4proto icmp accept",
	"ip6 daddr fd00::/8 meta l4proto icmpv6 accept",
	"meta l4proto 250 counter drop",
	"meta l4proto esp accept",
	"ether saddr . ip saddr != @mac4 counter drop",
	"ether saddr . ip6 saddr != @mac6 drop",
	"ip saddr vmap @client_chain4",
	"counter ip6 daddr vmap @client_chain6",
	"ip saddr vmap @client_chain4_net",
	"ip6 saddr vmap @client_chain6_net",
	"counter drop",
	"iifname \"tun0\" goto from_client",
	"goto from_client",
	"ip saddr 10.0.2.0/24 ipsec in ip daddr 192.0.2.1 goto p/none",
	"ip saddr 10.0.2.0/24 ipsec in ip6 daddr 2001:db8::1 "
		"ipsec in reqid 16909060 goto p/none",
	"ipsec in reqid 1 return",
	"meta ipsec exists return",
	"meta ipsec missing drop",
	"ip saddr . ipsec in reqid != @tunnel_reqid4 counter drop",
	"ip6 saddr . ipsec in reqid != @tunnel_reqid6 counter drop",
	"ip saddr . ipsec in reqid != @tunnel_reqid4_net counter drop",
	"ip6 saddr . ipsec in reqid != @tunnel_reqid6_net counter drop",
	"ip daddr 10.0.2.0/24 ipsec out ip saddr 192.0.2.1 goto p/none",
	"ip daddr 10.0.2.0/24 ipsec out ip6 saddr 2001:db8::1 "
		"ipsec out reqid 16909060 goto p/none",
	"ipsec out reqid 1 return",
	"rt ipsec exists return",
	"rt ipsec missing drop",
	"ip daddr . ipsec out reqid != @tunnel_reqid4 counter drop",
	"ip6 daddr . ipsec out reqid != @tunnel_reqid6 counter drop",
	"ip daddr . ipsec out reqid != @tunnel_reqid4_net counter drop",
	"ip6 daddr . ipsec out reqid != @tunnel_reqid6_net counter drop",
	"limit rate 10/second burst 20 packets "
		"log prefix \"vpnpf from denied\" group 7",
	"limit rate 1/second burst 2 packets log prefix \"x\" group 65535",
	"counter log prefix \"vpnpf\" group 0",
	"drop",
	"iif 0 accept",
	"ct direction reply ct status snat / snat,dnat jump p/none",
	"iifname \"tun0\" ct direction original ct status dnat return",
	"ct direction original return",
	"meta sdifname \"tun0\" return",
	"ct original ip daddr @edge4n accept",
	"ct original ip6 saddr fd00::/9 accept",
	"ct original ip saddr . ct original ip daddr @allow4 accept",
	"ct original ip6 saddr . ct original ip6 daddr @allow6_net accept",
	NULL,
};

void rules_sample_init(struct rules_sample *s)
{
	*s = (struct rules_sample){ 0 };
	add_sets(&s->rs);
	add_client_chains(s);
	add_policy_chain(&s->rs);
	add_service_chain(&s->rs);
	add_frame(&s->rs);
	add_ipsec_chain(&s->rs, "b_ipsec", HOOK_PREROUTING, FIELD_SADDR);
	add_ipsec_chain(&s->rs, "c_ipsec", HOOK_POSTROUTING, FIELD_DADDR);
	add_log_chain(&s->rs);
	add_flow_chain(&s->rs);
	ruleset_sort(&s->rs);
}

void rules_sample_fini(struct rules_sample *s)
{
	ruleset_fini(&s->rs);
	sources_fini(&s->sources);
}
