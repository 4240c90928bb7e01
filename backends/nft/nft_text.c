/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_text.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "backends/nft/nft_rule.h"
#include "compiler/base/diag.h"

#define ELEMS_WIDTH 80

static const char *family_word(unsigned int family)
{
	return family == FAMILY_IP4 ? "ip" : "ip6";
}

static const char *field_word(unsigned int field)
{
	return field == FIELD_SADDR ? "saddr" : "daddr";
}

/* Protocols that are words of nft's grammar; others are printed as numbers,
 * since a name would need /etc/protocols.  In BUF, or a literal. */
static const char *proto_word(unsigned int proto, char buf[static 4])
{
	switch (proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	case IPPROTO_ESP:
		return "esp";
	}
	snprintf(buf, 4, "%u", proto & 0xff);
	return buf;
}

/* The protocols with ports (MATCH_PORT). */
static const char *port_word(unsigned int proto)
{
	return proto == IPPROTO_TCP ? "tcp" :
	       proto == IPPROTO_UDP ? "udp" : "sctp";
}

static void text_ifname(void *to, const struct match *m)
{
	fprintf(to, "%s %s\"%s\" ", m->kind == MATCH_IIFNAME ? "iifname" :
		m->kind == MATCH_OIFNAME ? "oifname" : "meta sdifname",
		m->not ? "!= " : "", m->name);
}

static void text_family(void *to, unsigned int family)
{
	fprintf(to, "meta nfproto %s ",
		family == FAMILY_IP4 ? "ipv4" : "ipv6");
}

static void text_addr(void *to, unsigned int field, const struct prefix *net)
{
	char buf[ADDR_TEXT];

	fprintf(to, "%s %s %s ", family_word(net->family), field_word(field),
		prefix_format(net, buf));
}

static void text_set(void *to, const struct match *m)
{
	fprintf(to, "%s %s @%s ", family_word(m->family),
		field_word(m->field), m->name);
}

static void text_pair(void *to, const struct match *m)
{
	const char *ip = family_word(m->family);

	fprintf(to, "%s saddr . %s daddr @%s ", ip, ip, m->name);
}

static void text_mac(void *to, const struct match *m)
{
	fprintf(to, "ether saddr . %s saddr != @%s ", family_word(m->family),
		m->name);
}

static const char *direction_word(bool out)
{
	return out ? "out" : "in";
}

static void text_ipsec(void *to, bool out, bool exists)
{
	fprintf(to, "%s ipsec %s ", out ? "rt" : "meta",
		exists ? "exists" : "missing");
}

static void text_tunnel(void *to, bool out, const struct prefix *end)
{
	char buf[ADDR_TEXT];

	fprintf(to, "ipsec %s %s %s %s ", direction_word(out),
		family_word(end->family),
		field_word(out ? FIELD_SADDR : FIELD_DADDR),
		prefix_format(end, buf));
}

static void text_reqid(void *to, bool out, uint32_t reqid)
{
	fprintf(to, "ipsec %s reqid %" PRIu32 " ", direction_word(out), reqid);
}

static void text_bound(void *to, const struct match *m)
{
	fprintf(to, "%s %s . ipsec %s reqid != @%s ", family_word(m->family),
		field_word(m->field), direction_word(m->field == FIELD_DADDR),
		m->name);
}

static void text_proto(void *to, unsigned int proto)
{
	char buf[4];

	fprintf(to, "meta l4proto %s ", proto_word(proto, buf));
}

static void text_port(void *to, const struct match *m)
{
	fprintf(to, "%s %s %u", port_word(m->proto),
		m->field == FIELD_SADDR ? "sport" : "dport", m->from);
	if (m->to != m->from)
		fprintf(to, "-%u", m->to);
	fputc(' ', to);
}

static void text_limit(void *to, const struct match *m)
{
	fprintf(to, "limit rate %u/second burst %u packets ", m->from, m->to);
}

static void text_log(void *to, const struct rule *rule)
{
	fprintf(to, "log prefix \"%s\" group %u", rule->target, rule->group);
}

static void text_local(void *to)
{
	fputs("iif 0 ", to);
}

static void text_direction(void *to, bool answer)
{
	fprintf(to, "ct direction %s ", answer ? "reply" : "original");
}

/* As nft lists it: of the two bits "snat" only, or "dnat". */
static void text_status(void *to, enum translation status)
{
	fprintf(to, "ct status %s ",
		status == TRANSLATION_SOURCE ? "snat / snat,dnat" : "dnat");
}

static void text_original(void *to, const struct match *m)
{
	fputs("ct original ", to);
	if (m->name)
		text_set(to, m);
	else
		text_addr(to, m->field, &m->net);
}

static void text_original_pair(void *to, const struct match *m)
{
	const char *ip = family_word(m->family);

	fprintf(to, "ct original %s saddr . ct original %s daddr @%s ", ip, ip,
		m->name);
}

static void text_counter(void *to)
{
	fputs("counter ", to);
}

static void text_vmap(void *to, const struct rule *rule)
{
	fprintf(to, "%s %s vmap @%s", family_word(rule->family),
		field_word(rule->field), rule->target);
}

static void text_verdict(void *to, enum verdict_kind kind, const char *target)
{
	static const char *const words[] = {
		[RULE_ACCEPT] = "accept", [RULE_DROP] = "drop",
		[RULE_RETURN] = "return", [RULE_JUMP] = "jump ",
		[RULE_GOTO] = "goto ", [RULE_VMAP] = "", [RULE_LOG] = "",
	};

	fputs(words[kind], to);
	if (kind == RULE_JUMP || kind == RULE_GOTO)
		fputs(target, to);
}

static const struct nft_emitter text_emitter = {
	.ifname = text_ifname,
	.family = text_family,
	.addr = text_addr,
	.set = text_set,
	.pair = text_pair,
	.mac = text_mac,
	.ipsec = text_ipsec,
	.tunnel = text_tunnel,
	.reqid = text_reqid,
	.bound = text_bound,
	.proto = text_proto,
	.port = text_port,
	.limit = text_limit,
	.local = text_local,
	.direction = text_direction,
	.status = text_status,
	.original = text_original,
	.original_pair = text_original_pair,
	.counter = text_counter,
	.log = text_log,
	.vmap = text_vmap,
	.verdict = text_verdict,
};

char *nft_text_rule(const struct ruleset *rs, const struct rule *rule)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return mem_dup("?", 1);
	nft_rule_walk(rs, rule, &text_emitter, out);
	fclose(out);
	return text;
}

/*	elements = { 10.8.0.2, 10.8.0.3,
 *		     10.8.0.4 }				*/
static void print_elems(const struct set *set, FILE *out)
{
	char buf[ELEM_TEXT];
	const struct elem *e;
	size_t column = 29, n;

	fputs("\t\telements = { ", out);
	vec_each(e, &set->elems) {
		n = strlen(elem_format(set, e, buf));
		if (e == set->elems.v) {
			column += n;
		} else if (column + 2 + n > ELEMS_WIDTH - 2) {
			fputs(",\n\t\t\t     ", out);
			column = 29 + n;
		} else {
			fputs(", ", out);
			column += 2 + n;
		}
		fputs(buf, out);
	}
	fputs(" }\n", out);
}

static void print_type(const struct set *set, FILE *out)
{
	const struct nft_field *fields[KEY_FIELDS];
	unsigned int n = nft_rule_fields(set, fields);

	/* type integer has no length; rules also use it with daddr and out */
	if (set->key == SET_KEY_ADDR_REQID) {
		fprintf(out, "\t\ttypeof %s saddr . ipsec in reqid\n",
			family_word(set->family));
		return;
	}
	fprintf(out, "\t\ttype %s", fields[0]->type);
	if (n > 1)
		fprintf(out, " . %s", fields[1]->type);
	fprintf(out, "%s\n", set->map ? " : verdict" : "");
}

static void print_set(const struct set *set, const char *state,
		      const char *gap, FILE *out)
{
	fprintf(out, "%s\t%s %s {\n", gap, set->map ? "map" : "set",
		set->name);
	print_type(set, out);
	if (set->interval)
		fputs("\t\tflags interval\n", out);
	if (set->counter)
		fputs("\t\tcounter\n", out);
	if (set->key == SET_KEY_STATE) {
		if (state && *state)
			fprintf(out,
				"\t\telements = { 0x%08x comment \"%s\" }\n",
				VPNPF_STATE_KEY, state);
	} else if (set->elems.n) {
		print_elems(set, out);
	}
	fputs("\t}\n", out);
}

static void print_rule(const struct ruleset *rs, const struct rule *rule,
		       FILE *out)
{
	char place[256];

	fputs("\t\t", out);
	nft_rule_walk(rs, rule, &text_emitter, out);
	if (rule->at.src) {
		loc_format(rule->at, place, sizeof(place));
		fputs(" # ", out);
		/* a file's name may hold a newline, which ends a comment */
		diag_print_escaped(out, str_of(place));
	}
	fputc('\n', out);
}

static void print_chain(const struct ruleset *rs, const struct chain *chain,
			const char *gap, FILE *out)
{
	char comment[COMMENT_MAX_BYTES + 1];
	unsigned int i;

	fprintf(out, "%s\tchain %s {\n", gap, chain->name);
	if (chain->comment)
		fprintf(out, "\t\tcomment \"%s\"\n",
			nft_rule_comment(chain->comment, comment));
	if (chain->hook != HOOK_NONE)
		fprintf(out, "\t\ttype filter hook %s priority %d; policy accept;\n",
			chain->hook == HOOK_PREROUTING ? "prerouting" :
			chain->hook == HOOK_FORWARD ? "forward" : "postrouting",
			chain->priority);
	for (i = 0; i < chain->n_rules; i++)
		print_rule(rs, &rs->rules.v[chain->rule + i], out);
	fputs("\t}\n", out);
}

static void print_some(const struct ruleset *rs, const char *const *names,
		       size_t n, FILE *out)
{
	const struct chain *chain;
	const char *gap = "";
	size_t i;

	fputs("# only some chains, to read: they do not load without the others\n"
	      "table inet " VPNPF_TABLE " {\n", out);
	for (i = 0; i < n; i++) {
		chain = ruleset_find_chain(rs, names[i]);
		if (chain) {
			print_chain(rs, chain, gap, out);
			gap = "\n";
		}
	}
	fputs("}\n", out);
}

static void print_all(const struct ruleset *rs, const char *state, FILE *out)
{
	const struct chain *chain;
	const struct set *set;
	unsigned int turn;

	fputs("# vpnpf: load with nft -f; the first two lines remove the old table\n"
	      "table inet " VPNPF_TABLE "\n"
	      "delete table inet " VPNPF_TABLE "\n\n"
	      "table inet " VPNPF_TABLE " {\n", out);
	vec_each(set, &rs->sets)
		print_set(set, state, set == rs->sets.v ? "" : "\n", out);
	for (turn = 0; turn < 2; turn++)
		vec_each(chain, &rs->chains)
			if (nft_rule_round(chain) == turn)
				print_chain(rs, chain, "\n", out);
	fputs("}\n", out);
}

int nft_text_print(const struct ruleset *rs, const char *state,
		   const char *const *names, size_t n, FILE *out,
		   struct diag *d)
{
	(void)d;
	if (n)
		print_some(rs, names, n, out);
	else
		print_all(rs, state, out);
	return 0;
}
