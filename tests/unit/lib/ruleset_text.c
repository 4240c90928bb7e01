/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/ruleset_text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static void print_key(const struct set *set, const uint8_t *key, FILE *out)
{
	unsigned int part = family_bytes(set->family), i = 0;
	struct addr a = { 0 };
	char text[ADDR_TEXT];
	uint32_t reqid;

	if (set->key == SET_KEY_STATE) {
		fputs("state", out);
		return;
	}
	if (set->key == SET_KEY_MAC_ADDR) {
		fprintf(out, "mac %02x . ", key[5]);
		i = 6;
	}
	if (set->key == SET_KEY_ADDR_REQID) {
		memcpy(a.b, key, part);
		memcpy(&reqid, key + part, sizeof(reqid));
		fprintf(out, "%s reqid %u", addr_format(set->family, &a, text),
			ntohl(reqid));
		return;
	}
	for (; i < set_key_size(set); i += part) {
		memcpy(a.b, key + i, part);
		fprintf(out, "%s%s", i && i != 6 ? " . " : "",
			addr_format(set->family, &a, text));
	}
}

static void print_set(const struct set *set, FILE *out)
{
	const struct elem *e;

	fprintf(out, "%s%s %s:", set->interval ? "interval " : "",
		set->map ? "map" : "set", set->name);
	vec_each(e, &set->elems) {
		fputs(e == set->elems.v ? " " : ", ", out);
		print_key(set, e->key, out);
		if (memcmp(e->key, e->end, sizeof(e->key)) != 0) {
			fputs("-", out);
			print_key(set, e->end, out);
		}
		if (e->target)
			fprintf(out, " %s", e->target);
		if (e->comment && set->key != SET_KEY_STATE)
			fprintf(out, " \"%s\"", e->comment);
	}
	fputs("\n", out);
}

static const char *const translations[] = { "flow", "snat", "dnat" };

static void print_tracked(const struct match *m, FILE *out)
{
	char text[ADDR_TEXT];

	fprintf(out, "%s%s ", m->field == FIELD_SADDR ? "" : "answer ",
		translations[m->status]);
	if (m->net.len)
		fprintf(out, "from %s ", prefix_format(&m->net, text));
}

static void print_dev(const struct match *m, const char *what, FILE *out)
{
	fprintf(out, "%s %s%s ", what, m->not ? "!= " : "", m->name);
}

static void print_ipsec(const struct match *m, FILE *out)
{
	char text[ADDR_TEXT];

	fprintf(out, "ipsec %s %s%s reqid %u ",
		m->field == FIELD_SADDR ? "in" : "out", m->clear ? "clear " : "",
		prefix_format(&m->net, text), (unsigned int)m->reqid);
}

static void print_ether(const struct match *m, FILE *out)
{
	fprintf(out, "ether %02x:%02x:%02x:%02x:%02x:%02x ", m->mac[0],
		m->mac[1], m->mac[2], m->mac[3], m->mac[4], m->mac[5]);
}

static void print_original(const struct match *m, const char *ip,
			   const char *field, FILE *out)
{
	char text[ADDR_TEXT];

	fprintf(out, "%s original %s %s%s ", ip, field, m->name ? "@" : "",
		m->name ? m->name : prefix_format(&m->net, text));
}

static void print_match(const struct match *m, FILE *out)
{
	static const char *const fields[] = { "saddr", "daddr" };
	static const char *const words[] = { "ip", "ip6" };
	const char *ip = words[m->family], *field = fields[m->field];
	char text[ADDR_TEXT];

	switch ((enum match_kind)m->kind) {
	case MATCH_IIFNAME:
		print_dev(m, "iif", out);
		break;
	case MATCH_OIFNAME:
		print_dev(m, "oif", out);
		break;
	case MATCH_SDIFNAME:
		print_dev(m, "sdif", out);
		break;
	case MATCH_FAMILY:
		fprintf(out, "%s ", ip);
		break;
	case MATCH_ADDR:
		fprintf(out, "%s %s %s ", ip, field,
			prefix_format(&m->net, text));
		break;
	case MATCH_SET:
		fprintf(out, "%s %s @%s ", ip, field, m->name);
		break;
	case MATCH_PAIR:
		fprintf(out, "%s pair @%s ", ip, m->name);
		break;
	case MATCH_MAC:
		fprintf(out, "%s mac != @%s ", ip, m->name);
		break;
	case MATCH_PROTO:
		fprintf(out, "proto %u ", m->proto);
		break;
	case MATCH_PORT:
		fprintf(out, "%s port %u-%u ", field, m->from, m->to);
		break;
	case MATCH_IPSEC:
		print_ipsec(m, out);
		break;
	case MATCH_REQID:
		fprintf(out, "%s %s reqid != @%s ", ip, field, m->name);
		break;
	case MATCH_ETHER:
		print_ether(m, out);
		break;
	case MATCH_COMMENT:
		fprintf(out, "comment \"%s\" ", m->name);
		break;
	case MATCH_LIMIT:
		fprintf(out, "limit %u+%u ", m->from, m->to);
		break;
	case MATCH_LOCAL:
		fputs("local ", out);
		break;
	case MATCH_ORIGINAL:
		print_original(m, ip, field, out);
		break;
	case MATCH_ORIGINAL_PAIR:
		fprintf(out, "%s original pair @%s ", ip, m->name);
		break;
	case MATCH_TRACKED:
		print_tracked(m, out);
		break;
	}
}

static void print_rule(const struct ruleset *rs, const struct rule *rule,
		       FILE *out)
{
	static const char *const verdicts[] = {
		"accept", "drop", "return", "jump", "goto", "vmap", "log",
	};
	unsigned int i;

	fputs("\t", out);
	for (i = 0; i < rule->n_matches; i++)
		print_match(&rs->matches.v[rule->match + i], out);
	fprintf(out, "%s%s", rule->counter ? "counter " : "",
		verdicts[rule->verdict]);
	if (rule->verdict == RULE_VMAP)
		fprintf(out, " %s %s", rule->family ? "ip6" : "ip",
			rule->field == FIELD_SADDR ? "saddr" : "daddr");
	if (rule->verdict == RULE_LOG)
		fprintf(out, " %u", rule->group);
	if (rule->target)
		fprintf(out, " %s", rule->target);
	fputs("\n", out);
}

static void print_chain(const struct ruleset *rs, const struct chain *chain,
			FILE *out)
{
	unsigned int i;

	fprintf(out, "%s", chain->name);
	if (chain->hook != HOOK_NONE)
		fprintf(out, " hook %d %d", (int)chain->hook, chain->priority);
	if (chain->comment)
		fprintf(out, " \"%s\"", chain->comment);
	fputs("\n", out);
	for (i = 0; i < chain->n_rules; i++)
		print_rule(rs, &rs->rules.v[chain->rule + i], out);
}

char *ruleset_text(const struct ruleset *rs)
{
	const struct chain *chain;
	const struct set *set;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	vec_each(set, &rs->sets)
		print_set(set, out);
	vec_each(chain, &rs->chains)
		print_chain(rs, chain, out);
	fclose(out);
	return text;
}

char *ruleset_text_set(const struct ruleset *rs, const char *name)
{
	const struct set *set = ruleset_find_set(rs, name);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (set)
		print_set(set, out);
	fclose(out);
	return text;
}

char *ruleset_text_chain(const struct ruleset *rs, const char *name)
{
	const struct chain *chain = ruleset_find_chain(rs, name);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (chain)
		print_chain(rs, chain, out);
	fclose(out);
	return text;
}
