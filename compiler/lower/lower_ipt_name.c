/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/lower_ipt_name.h"

#include <sha2.h>
#include <string.h>

#define READABLE 13	/* bytes of a client's name */
#define SHORT_HASH 10	/* characters, 5 bits each */

static const char *const families[] = { "ip/", "ip6/" };

const struct lower_ipt_stem lower_ipt_stems[LOWER_IPT_CHAINS] = {
	[CHAIN_IPT_PREROUTING] = { "VPNPF-PREROUTING", NULL, NULL },
	[CHAIN_IPT_POSTROUTING] = { "VPNPF-POSTROUTING", NULL, NULL },
	[CHAIN_IPT_INPUT] = { "VPNPF-INPUT", NULL, NULL },
	[CHAIN_IPT_FORWARD] = { "VPNPF-FORWARD", NULL, NULL },
	[CHAIN_IPT_OUTPUT] = { "VPNPF-OUTPUT", NULL, NULL },
	[CHAIN_IPT_UNCLAIMED_FROM] = { "VPNPF-UNCLAIMED-FROM", NULL, NULL },
	[CHAIN_IPT_UNCLAIMED_TO] = { "VPNPF-UNCLAIMED-TO", NULL, NULL },
	[CHAIN_IPT_SERVER_FROM] = { "VPF-", "VPg-", NULL },
	[CHAIN_IPT_SERVER_TO] = { "VPT-", NULL, NULL },
	[CHAIN_IPT_CAME] = { "VPB-", "VPb-", NULL },
	[CHAIN_IPT_FROM] = { "VPS-", "VPf-", "VPNPF-FROM" },
	[CHAIN_IPT_TO] = { "VPR-", "VPt-", "VPNPF-TO" },
	[CHAIN_IPT_PAIR_FROM] = { "VPC-", "VPc-", "VPNPF-PAIR" },
	[CHAIN_IPT_PAIR_TO] = { "VPU-", "VPu-", NULL },
	[CHAIN_IPT_CLEAR_FROM] = { "VPk-", NULL, NULL },
	[CHAIN_IPT_CLEAR_TO] = { "VPl-", NULL, NULL },
	[CHAIN_IPT_PAIRS] = { "VPNPF-PAIRS", "VPq-", NULL },
	[CHAIN_IPT_FORGED] = { "VPNPF-FORGED", "VPe-", NULL },
	[CHAIN_IPT_ANSWER] = { "VPNPF-ANSWER", NULL, NULL },
	[CHAIN_IPT_ANSWER_NET] = { "VPNPF-ANSWER-NET", NULL, NULL },
	[CHAIN_IPT_VRF_FROM] = { "VPNPF-VRF-FROM", "VPy-", NULL },
	[CHAIN_IPT_VRF_TO] = { "VPNPF-VRF-TO", "VPz-", NULL },
	[CHAIN_IPT_OPEN] = { "VPNPF-OPEN", "VPa-", "VPNPF-ACC" },
	[CHAIN_IPT_MAC] = { "VPNPF-MAC", "VPm-", NULL },
	[CHAIN_IPT_CLIENT_OUT] = { "VPo-", NULL, NULL },
	[CHAIN_IPT_CLIENT_IN] = { "VPi-", NULL, NULL },
	[CHAIN_IPT_CLIENT_PAIR] = { "VPx-", NULL, NULL },
	[CHAIN_IPT_CLIENT_NODE] = { "VPX-", NULL, NULL },
	[CHAIN_IPT_POLICY] = { "VPp-", NULL, NULL },
};

/* By the third letter of "VPx-": there are thousands of such chains. */
static enum lower_ipt_chain find_short(char letter)
{
	switch (letter) {
	case 'F': case 'g':
		return CHAIN_IPT_SERVER_FROM;
	case 'T':
		return CHAIN_IPT_SERVER_TO;
	case 'B': case 'b':
		return CHAIN_IPT_CAME;
	case 'S': case 'f':
		return CHAIN_IPT_FROM;
	case 'R': case 't':
		return CHAIN_IPT_TO;
	case 'C': case 'c':
		return CHAIN_IPT_PAIR_FROM;
	case 'U': case 'u':
		return CHAIN_IPT_PAIR_TO;
	case 'k':
		return CHAIN_IPT_CLEAR_FROM;
	case 'l':
		return CHAIN_IPT_CLEAR_TO;
	case 'q':
		return CHAIN_IPT_PAIRS;
	case 'e':
		return CHAIN_IPT_FORGED;
	case 'y':
		return CHAIN_IPT_VRF_FROM;
	case 'z':
		return CHAIN_IPT_VRF_TO;
	case 'a':
		return CHAIN_IPT_OPEN;
	case 'm':
		return CHAIN_IPT_MAC;
	case 'o':
		return CHAIN_IPT_CLIENT_OUT;
	case 'i':
		return CHAIN_IPT_CLIENT_IN;
	case 'x':
		return CHAIN_IPT_CLIENT_PAIR;
	case 'X':
		return CHAIN_IPT_CLIENT_NODE;
	case 'p':
		return CHAIN_IPT_POLICY;
	}
	return CHAIN_IPT_OTHER;
}

static enum lower_ipt_chain find_whole(const char *label)
{
	const struct lower_ipt_stem *s = lower_ipt_stems;
	unsigned int i;

	for (i = 0; i < LOWER_IPT_CHAINS; i++, s++)
		if (!strcmp(label, s->name) || (s->old && !strcmp(label, s->old)))
			break;
	return (enum lower_ipt_chain)i;
}

enum lower_ipt_chain lower_ipt_chain_of(const char *name, const char **id)
{
	const char *label = strchr(name, '/');

	if (!label || label[1] != 'V' || label[2] != 'P')
		return CHAIN_IPT_OTHER;
	label++;
	*id = "";
	if (!label[2] || label[3] != '-')
		return find_whole(label);
	*id = label + 4;
	return find_short(label[2]);
}

bool lower_ipt_is_node(const char *name)
{
	const char *label = strchr(name, '/') + 1, *id;
	enum lower_ipt_chain chain = lower_ipt_chain_of(name, &id);

	return chain != CHAIN_IPT_OTHER && lower_ipt_stems[chain].node &&
	       !strncmp(label, lower_ipt_stems[chain].node, 4);
}

unsigned int lower_ipt_family_of(const char *chain)
{
	return strchr(chain, '/')[-1] == '6' ? FAMILY_IP6 : FAMILY_IP4;
}

/* Write N characters of the hash in base32, and a NUL. */
static void put_hash(SHA2_CTX *sha, unsigned int n, char *out)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t hash[SHA256_DIGEST_LENGTH];
	unsigned int bits = 0, have = 0;
	const uint8_t *in = hash;

	SHA256Final(hash, sha);
	for (; n; n--) {
		if (have < 5) {
			bits = bits << 8 | *in++;
			have += 8;
		}
		have -= 5;
		*out++ = digits[bits >> have & 31];
	}
	*out = '\0';
}

static bool is_legal(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

/* Also of servers.  SHORTLY: "john.5mgd7vqyka"; else only the hash, which has no
 * "." */
static void name_client(struct str name, bool shortly, struct ipt_id *id)
{
	char *out = id->text;
	SHA2_CTX sha;
	size_t i;

	SHA256Init(&sha);
	SHA256Update(&sha, (const uint8_t *)name.p, name.n);
	if (!shortly) {
		put_hash(&sha, IPT_ID_ROOM - 1, out);
		return;
	}
	for (i = 0; i < name.n && i < READABLE; i++)
		*out++ = is_legal(name.p[i]) ? name.p[i] : '_';
	*out++ = '.';
	put_hash(&sha, SHORT_HASH, out);
}

void lower_ipt_name_server(const char *server, struct ipt_id *out)
{
	struct str name = str_of(server);
	bool whole = name.n < sizeof(out->text);
	size_t i;

	/* a name with a dot could look like a hashed one */
	for (i = 0; i < name.n; i++)
		whole &= is_legal(name.p[i]) && name.p[i] != '.';
	if (whole)
		strcpy(out->text, server);
	else
		name_client(name, true, out);
}

static int cmp_ids(const void *a, const void *b)
{
	return strcmp((*(const struct ipt_id *const *)a)->text,
		      (*(const struct ipt_id *const *)b)->text);
}

/*
 * 50 bits exclude equal ids by chance, but not two names chosen to have equal
 * ids: these clients get the long form, whatever other clients there are.
 */
static void part_equals(const struct policy *p, struct ipt_id *ids)
{
	struct ipt_id **order = mem_alloc(p->clients.n * sizeof(*order));
	size_t i, run;

	for (i = 0; i < p->clients.n; i++)
		order[i] = &ids[i];
	qsort(order, p->clients.n, sizeof(*order), cmp_ids);
	for (i = 0; i < p->clients.n; i = run) {
		for (run = i + 1; run < p->clients.n; run++)
			if (strcmp(order[i]->text, order[run]->text) != 0)
				break;
		if (run == i + 1)
			continue;
		for (; i < run; i++)
			name_client(p->clients.v[order[i] - ids].name, false,
				    order[i]);
	}
	free(order);
}

struct ipt_id *lower_ipt_name_clients(const struct policy *p)
{
	struct ipt_id *ids = mem_alloc((p->clients.n + 1) * sizeof(*ids));
	size_t i;

	for (i = 0; i < p->clients.n; i++)
		name_client(p->clients.v[i].name, true, &ids[i]);
	if (p->clients.n)
		part_equals(p, ids);
	return ids;
}

const char *lower_ipt_name(struct ruleset *rs, unsigned int family,
			   const char *stem, const char *rest)
{
	size_t head = strlen(families[family]), n = strlen(stem);
	size_t end = strlen(rest) + 1;
	char *name = mem_alloc(head + n + end);

	memcpy(name, families[family], head);
	memcpy(name + head, stem, n);
	memcpy(name + head + n, rest, end);
	return ruleset_own(rs, name);
}

/* The server of the tree ROOT; "": the only tree of its kind. */
static const char *root_server(const char *root)
{
	const char *label = strchr(root, '/') + 1;

	return strncmp(label, "VPNPF-", strlen("VPNPF-")) ? label + 4 : "";
}

/* The prefix in hex, then ".", SERVER; false: it has no room. */
static bool put_place(const struct prefix *net, const char *server,
		      char out[static IPT_ID_ROOM])
{
	static const char hex[] = "0123456789abcdef";
	unsigned int n = net->len / 4u, i;

	if (n + 1 + strlen(server) >= IPT_ID_ROOM)
		return false;
	for (i = 0; i < n; i++)
		out[i] = hex[net->addr.b[i / 2] >> (i % 2 ? 0 : 4) & 15];
	out[n] = '\0';
	if (*server)
		stpcpy(stpcpy(out + n, "."), server);
	return true;
}

const char *lower_ipt_name_node(struct ruleset *rs, const char *root,
				const char *stem, const struct prefix *net)
{
	char text[IPT_ID_ROOM];
	SHA2_CTX sha;

	if (stem && put_place(net, root_server(root), text))
		return lower_ipt_name(rs, net->family, stem, text);
	SHA256Init(&sha);
	SHA256Update(&sha, (const uint8_t *)root, strlen(root) + 1);
	SHA256Update(&sha, net->addr.b, sizeof(net->addr.b));
	SHA256Update(&sha, &net->len, 1);
	put_hash(&sha, IPT_ID_ROOM - 1, text);
	if (!stem)
		stem = lower_ipt_stems[CHAIN_IPT_CLIENT_NODE].name;
	return lower_ipt_name(rs, net->family, stem, text);
}
