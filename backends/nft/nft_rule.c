/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_rule.h"

#include <arpa/inet.h>
#include <string.h>

/* "tcp dport 80" includes "meta l4proto tcp". */
static bool is_implied(const struct match *m, const struct match *next)
{
	return m->kind == MATCH_PROTO && next->kind == MATCH_PORT &&
	       m->proto == next->proto;
}

static void walk_ifname(const struct match *m, const struct nft_emitter *e,
			void *to)
{
	/* "*" alone is no match: nft has no syntax for it, and it matches
	 * every name */
	if (strcmp(m->name, "*") != 0)
		e->ifname(to, m);
}

static void walk_addr(const struct match *m, const struct nft_emitter *e,
		      void *to)
{
	struct prefix net = m->net;

	prefix_mask(&net);
	if (net.len)
		e->addr(to, m->field, &net);
	else
		e->family(to, net.family);
}

static void walk_ipsec(const struct match *m, const struct nft_emitter *e,
		       void *to)
{
	bool out = m->field == FIELD_DADDR;

	if (m->clear || (!m->net.len && !m->reqid))
		e->ipsec(to, out, !m->clear);
	if (!m->clear && m->net.len)
		e->tunnel(to, out, &m->net);
	if (!m->clear && m->reqid)
		e->reqid(to, out, m->reqid);
}

static void walk_match(const struct match *m, const struct nft_emitter *e,
		       void *to)
{
	switch ((enum match_kind)m->kind) {
	case MATCH_IIFNAME:
	case MATCH_OIFNAME:
	case MATCH_SDIFNAME:
		walk_ifname(m, e, to);
		break;
	case MATCH_FAMILY:
		e->family(to, m->family);
		break;
	case MATCH_ADDR:
		walk_addr(m, e, to);
		break;
	case MATCH_SET:
		e->set(to, m);
		break;
	case MATCH_PAIR:
		e->pair(to, m);
		break;
	case MATCH_MAC:
		e->mac(to, m);
		break;
	case MATCH_PROTO:
		e->proto(to, m->proto);
		break;
	case MATCH_PORT:
		e->port(to, m);
		break;
	case MATCH_IPSEC:
		walk_ipsec(m, e, to);
		break;
	case MATCH_REQID:
		e->bound(to, m);
		break;
	case MATCH_LIMIT:
		e->limit(to, m);
		break;
	case MATCH_LOCAL:
		e->local(to);
		break;
	case MATCH_TRACKED:
		e->direction(to, m->field == FIELD_DADDR);
		if (m->status != TRANSLATION_ANY)
			e->status(to, (enum translation)m->status);
		break;
	case MATCH_ORIGINAL:
		e->original(to, m);
		break;
	case MATCH_ORIGINAL_PAIR:
		e->original_pair(to, m);
		break;
	case MATCH_ETHER:
	case MATCH_COMMENT:
		break;		/* iptables only */
	}
}

void nft_rule_walk(const struct ruleset *rs, const struct rule *rule,
		   const struct nft_emitter *e, void *to)
{
	const struct match *m;
	unsigned int i;

	for (i = 0; i < rule->n_matches; i++) {
		m = &rs->matches.v[rule->match + i];
		if (i + 1u < rule->n_matches && is_implied(m, m + 1))
			continue;
		walk_match(m, e, to);
	}
	if (rule->counter)
		e->counter(to);
	if (rule->verdict == RULE_VMAP)
		e->vmap(to, rule);
	else if (rule->verdict == RULE_LOG)
		e->log(to, rule);
	else
		e->verdict(to, (enum verdict_kind)rule->verdict, rule->target);
}

unsigned int nft_rule_fields(const struct set *set,
			     const struct nft_field *fields[KEY_FIELDS])
{
	static const struct nft_field address[] = {
		[FAMILY_IP4] = { "ipv4_addr", TYPE_IPADDR, 4 },
		[FAMILY_IP6] = { "ipv6_addr", TYPE_IP6ADDR, 16 },
	};
	static const struct nft_field ether = {
		"ether_addr", TYPE_ETHERADDR, 6,
	};
	static const struct nft_field mark = { "mark", TYPE_MARK, 4 };
	static const struct nft_field reqid = { "integer", TYPE_INTEGER, 4 };

	fields[0] = fields[1] = &address[set->family];
	switch ((enum set_key)set->key) {
	case SET_KEY_ADDR:
		return 1;
	case SET_KEY_PAIR:
		return 2;
	case SET_KEY_MAC_ADDR:
		fields[0] = &ether;
		return 2;
	case SET_KEY_ADDR_REQID:
		fields[1] = &reqid;
		return 2;
	case SET_KEY_STATE:
		fields[0] = &mark;
		return 1;
	}
	return 0;
}

uint32_t nft_rule_key_type(const struct set *set)
{
	const struct nft_field *fields[KEY_FIELDS];
	unsigned int n = nft_rule_fields(set, fields), i;
	uint32_t type = 0;

	for (i = 0; i < n; i++)
		type = type << 6 | fields[i]->id;
	return type;
}

static unsigned int padded(const struct nft_field *field)
{
	return (field->len + 3u) & ~3u;
}

/* The same function converts in both directions. */
static void copy_field(const struct set *set, const struct nft_field *field,
		       const uint8_t *from, uint8_t *to)
{
	uint32_t number;

	memcpy(to, from, field->len);
	if (field->id == TYPE_INTEGER && nft_rule_reqid_is_host(set)) {
		memcpy(&number, from, sizeof(number));
		number = ntohl(number);
		memcpy(to, &number, sizeof(number));
	}
}

unsigned int nft_rule_pad(const struct set *set, const uint8_t *key,
			  uint8_t *out)
{
	const struct nft_field *fields[KEY_FIELDS];
	unsigned int n = nft_rule_fields(set, fields), i, len = 0;

	memset(out, 0, 32);
	for (i = 0; i < n; i++) {
		copy_field(set, fields[i], key, out + len);
		key += fields[i]->len;
		len += padded(fields[i]);
	}
	return len;
}

bool nft_rule_unpad(const struct set *set, const uint8_t *kernel,
		    unsigned int len, uint8_t *key)
{
	const struct nft_field *fields[KEY_FIELDS];
	unsigned int n = nft_rule_fields(set, fields), i, size;

	for (i = 0; i < n; i++) {
		size = padded(fields[i]);
		if (len < size)
			return false;
		copy_field(set, fields[i], kernel, key);
		key += fields[i]->len;
		kernel += size;
		len -= size;
	}
	return !len;
}

const char *nft_rule_comment(const char *text,
			     char buf[static COMMENT_MAX_BYTES + 1])
{
	size_t n = strlen(text), i;

	if (n > COMMENT_MAX_BYTES) {
		n = COMMENT_MAX_BYTES;
		/* do not cut a UTF-8 character */
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		buf[i] = c < 0x20 || c == 0x7f || c == '"' ? '_' : text[i];
	}
	buf[n] = '\0';
	return buf;
}
