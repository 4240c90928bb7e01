/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One entry of ip_tables: a byte for family and target, the entry's head, then
 * matches: a byte for the name, and the data.  Sizes and offsets are right, as
 * the kernel has checked them.
 */
#include "config.h"

#include "backends/ipt/ipt_parse.h"

#include <linux/netfilter/xt_NFLOG.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_limit.h>
#include <linux/netfilter/xt_mac.h>
#include <linux/netfilter/xt_policy.h>
#include <linux/netfilter/xt_sctp.h>
#include <linux/netfilter/xt_tcpudp.h>

#include "tests/fuzz/fuzz.h"

/* After an error libxtables does not free the word that it was at. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libxtables\n";
}

/* Four matches of the largest, and room for the head and a target. */
#define MATCHES 4

static const struct ext {
	const char *name;
	size_t size;
} kinds[] = {
	{ "tcp", sizeof(struct xt_tcp) },
	{ "udp", sizeof(struct xt_udp) },
	{ "sctp", sizeof(struct xt_sctp_info) },
	{ "policy", sizeof(struct xt_policy_info) },
	{ "mac", sizeof(struct xt_mac_info) },
	{ "limit", sizeof(struct xt_rateinfo) },
	{ "comment", sizeof(struct xt_comment_info) },
	{ "state", 4 },
};

/* N bytes of the input at OUT, as many as there are. */
static void take(struct fuzz *f, void *out, size_t n)
{
	if (n > f->size)
		n = f->size;
	if (n)
		memcpy(out, f->data, n);
	f->data += n;
	f->size -= n;
}

struct entry {
	char bytes[IPT_ENTRY_MAX] __attribute__((aligned(8)));
	size_t size;
};

static void add_match(struct fuzz *f, struct entry *e)
{
	const struct ext *kind = &kinds[fuzz_byte(f) % 8];
	struct xt_entry_match *m = (void *)(e->bytes + e->size);
	size_t size = XT_ALIGN(sizeof(*m)) + XT_ALIGN(kind->size);

	take(f, m->data, kind->size);
	strcpy(m->u.user.name, kind->name);
	m->u.match_size = (uint16_t)size;
	e->size += size;
}

static void add_target(struct fuzz *f, struct entry *e, bool log)
{
	struct xt_entry_target *t = (void *)(e->bytes + e->size);
	size_t size = XT_ALIGN(sizeof(struct xt_standard_target));

	if (log) {
		size = XT_ALIGN(sizeof(*t)) +
		       XT_ALIGN(sizeof(struct xt_nflog_info));
		take(f, t->data, sizeof(struct xt_nflog_info));
		strcpy(t->u.user.name, "NFLOG");
	}
	t->u.target_size = (uint16_t)size;
	e->size += size;
}

static struct ipt_parser *parser(struct fuzz *f)
{
	static struct ipt_parser p;
	static struct ipt_lib lib;

	if (!p.x) {
		if (ipt_lib_open(&lib, &f->diag))
			return NULL;	/* there is no iptables here */
		ipt_parser_init(&p, ipt_ext_new(&lib));
	}
	return &p;
}

void fuzz_one(struct fuzz *f)
{
	static const char *const targets[] = {
		"ACCEPT", "DROP", "RETURN", "VPNPF-FROM", "VPo-john", "", "NFLOG",
		"VPp-0123456789abcdef01234.o",
	};
	struct ipt_parser *p = parser(f);
	struct entry e = { .size = 0 };
	uint8_t kind = fuzz_byte(f);
	unsigned int family = kind & 1 ? FAMILY_IP6 : FAMILY_IP4, i;
	const char *target = targets[kind >> 1 & 7];
	struct ipt_view v;

	if (!p)
		return;
	ipt_entry_view(family, e.bytes, &v);
	take(f, v.head, v.head_size);
	e.size = v.size;
	for (i = 0; i < MATCHES && f->size; i++)
		add_match(f, &e);
	*v.target_offset = (uint16_t)e.size;
	add_target(f, &e, !strcmp(target, "NFLOG"));
	*v.next_offset = (uint16_t)e.size;
	ipt_parse_rule(p, family, e.bytes, target);
}
