/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_set.h"

#include <arpa/inet.h>
#include <string.h>

#include <libnftnl/udata.h>
#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft_expr.h"
#include "backends/nft/nft_netlink.h"
#include "backends/nft/nft_rule.h"

/* nft's enum byteorder, in user data of sets */
enum {
	ORDER_HOST = 1,
	ORDER_NETWORK = 2,
};

static uint32_t set_flags(const struct set *set)
{
	uint32_t flags = 0;

	if (set->interval)
		flags |= NFT_SET_INTERVAL;
	/* without this an interval set of pairs is a tree of 8-byte keys, on
	 * which nft 1.0.6 ends with a segmentation fault */
	if (set->interval && set->key != SET_KEY_ADDR)
		flags |= NFT_SET_CONCAT;
	if (set->map)
		flags |= NFT_SET_MAP;
	return flags;
}

/* The lengths of the key's parts. */
static void put_parts(struct nlmsghdr *nlh, const struct set *set)
{
	const struct nft_field *fields[KEY_FIELDS];
	unsigned int n = nft_rule_fields(set, fields), i;
	struct nlattr *desc, *concat, *part;

	desc = mnl_attr_nest_start(nlh, NFTA_SET_DESC);
	concat = mnl_attr_nest_start(nlh, NFTA_SET_DESC_CONCAT);
	for (i = 0; i < n; i++) {
		part = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
		mnl_attr_put_u32(nlh, NFTA_SET_FIELD_LEN,
				 htonl(fields[i]->len));
		mnl_attr_nest_end(nlh, part);
	}
	mnl_attr_nest_end(nlh, concat);
	mnl_attr_nest_end(nlh, desc);
}

/* nft's enums expr_types and proto_desc_id, and places in the two headers */
enum {
	EXPR_PAYLOAD = 7,
	EXPR_CONCAT = 13,
	EXPR_XFRM = 27,
	PROTO_DESC_IP = 12,
	PROTO_DESC_IP6 = 13,
	IPHDR_SADDR = 11,
	IP6HDR_SADDR = 8,
};

/* User data being written: type, length, and a value that may be more of it. */
struct udata {
	uint8_t buf[96];
	uint8_t len;
};

static uint8_t begin_nest(struct udata *u, unsigned int type)
{
	u->buf[u->len] = (uint8_t)type;
	u->len += 2;
	return u->len;
}

static void end_nest(struct udata *u, uint8_t begin)
{
	u->buf[begin - 1] = (uint8_t)(u->len - begin);
}

static void put_number(struct udata *u, unsigned int type, uint32_t number)
{
	uint8_t begin = begin_nest(u, type);

	memcpy(u->buf + u->len, &number, sizeof(number));
	u->len += sizeof(number);
	end_nest(u, begin);
}

/* A part of the key: the kind of expression, then its N numbers. */
static void put_part(struct udata *u, unsigned int part, uint32_t expr,
		     const uint32_t *numbers, unsigned int n)
{
	uint8_t whole = begin_nest(u, part), data;
	unsigned int i;

	put_number(u, NFTNL_UDATA_SET_TYPEOF_EXPR, expr);
	data = begin_nest(u, NFTNL_UDATA_SET_TYPEOF_DATA);
	for (i = 0; i < n; i++)
		put_number(u, i, numbers[i]);
	end_nest(u, data);
	end_nest(u, whole);
}

/* typeof ip saddr . ipsec in reqid: without it nft lists a type "integer",
 * which it does not read back */
static void put_typeof(struct nlmsghdr *nlh, const struct set *set)
{
	static const uint32_t addr[][2] = {
		[FAMILY_IP4] = { PROTO_DESC_IP, IPHDR_SADDR },
		[FAMILY_IP6] = { PROTO_DESC_IP6, IP6HDR_SADDR },
	};
	/* of the first policy, inbound */
	static const uint32_t reqid[] = { NFT_XFRM_KEY_REQID, 0, 0 };
	struct udata u = { .len = 0 };
	uint8_t type, parts;

	type = begin_nest(&u, NFTNL_UDATA_SET_KEY_TYPEOF);
	put_number(&u, NFTNL_UDATA_SET_TYPEOF_EXPR, EXPR_CONCAT);
	parts = begin_nest(&u, NFTNL_UDATA_SET_TYPEOF_DATA);
	put_part(&u, 0, EXPR_PAYLOAD, addr[set->family], 2);
	put_part(&u, 1, EXPR_XFRM, reqid, 3);
	end_nest(&u, parts);
	end_nest(&u, type);
	mnl_attr_put(nlh, NFTA_SET_USERDATA, u.len, u.buf);
}

/* Elements get a counter of their own by the kernel. */
static void put_counter(struct nlmsghdr *nlh)
{
	struct nlattr *expr = mnl_attr_nest_start(nlh, NFTA_SET_EXPR);
	struct nlattr *data;

	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, "counter");
	data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, expr);
}

/* nft prints a key of one part by this; of host order it prints it swapped
 * without. */
static void put_order(struct nlmsghdr *nlh, const struct set *set)
{
	const uint32_t order = set->key == SET_KEY_STATE ? ORDER_HOST
							 : ORDER_NETWORK;
	uint8_t udata[2 + sizeof(order)] = {
		NFTNL_UDATA_SET_KEYBYTEORDER, sizeof(order),
	};

	memcpy(udata + 2, &order, sizeof(order));
	mnl_attr_put(nlh, NFTA_SET_USERDATA, sizeof(udata), udata);
}

void nft_set_add(struct nft_batch *b, const struct set *set)
{
	static const uint8_t no_key[32];
	const struct nft_note note = { .kind = NOTE_SET, .set = set };
	uint8_t padded[32];
	struct nlmsghdr *nlh;

	nlh = nft_batch_add(b, NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL,
			    note);
	nft_netlink_put_name(nlh, NFTA_SET_NAME, set->name);
	mnl_attr_put_u32(nlh, NFTA_SET_FLAGS, htonl(set_flags(set)));
	mnl_attr_put_u32(nlh, NFTA_SET_KEY_TYPE,
			 htonl(nft_rule_key_type(set)));
	mnl_attr_put_u32(nlh, NFTA_SET_KEY_LEN,
			 htonl(nft_rule_pad(set, no_key, padded)));
	if (set->map)
		mnl_attr_put_u32(nlh, NFTA_SET_DATA_TYPE,
				 htonl(NFT_DATA_VERDICT));
	/* must be given, and differ within a batch; all go by name here */
	mnl_attr_put_u32(nlh, NFTA_SET_ID, htonl((uint32_t)b->notes.n));
	if (set_flags(set) & NFT_SET_CONCAT)
		put_parts(nlh, set);
	if (set->key == SET_KEY_ADDR || set->key == SET_KEY_STATE)
		put_order(nlh, set);
	if (set->key == SET_KEY_ADDR_REQID)
		put_typeof(nlh, set);
	if (set->counter)
		put_counter(nlh);
}

void nft_set_delete(struct nft_batch *b, const struct set *set)
{
	const struct nft_note note = { .kind = NOTE_SET_DELETE, .set = set };
	struct nlmsghdr *nlh = nft_batch_add(b, NFT_MSG_DELSET, 0, note);

	nft_netlink_put_name(nlh, NFTA_SET_NAME, set->name);
	b->deletes = true;
}

/* Messages of elements that follow one another. */
struct writer {
	struct nft_batch *b;
	const struct set *set;
	bool add;
	struct nlmsghdr *nlh;
	struct nlattr *list;	/* NULL: none is open */
};

static void end_list(struct writer *w)
{
	if (w->list)
		mnl_attr_nest_end(w->nlh, w->list);
	w->list = NULL;
}

static void begin_list(struct writer *w)
{
	const struct nft_note note = {
		.kind = w->add ? NOTE_ELEMS : NOTE_ELEMS_DELETE,
		.set = w->set,
	};

	w->nlh = nft_batch_add(w->b, w->add ? NFT_MSG_NEWSETELEM
					    : NFT_MSG_DELSETELEM,
			       w->add ? NLM_F_CREATE | NLM_F_EXCL : 0, note);
	nft_netlink_put_name(w->nlh, NFTA_SET_ELEM_LIST_SET, w->set->name);
	w->list = mnl_attr_nest_start(w->nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
}

static struct nlattr *begin_elem(struct writer *w)
{
	const char *tail;

	if (w->list) {
		tail = mnl_nlmsg_get_payload_tail(w->nlh);
		/* one element: a chain's name and two keys at most */
		if (tail - (char *)w->list > LIST_MAX_BYTES - 512)
			end_list(w);
	}
	if (!w->list)
		begin_list(w);
	return mnl_attr_nest_start(w->nlh, NFTA_LIST_ELEM);
}

static void put_key(struct writer *w, uint16_t type, const uint8_t *key)
{
	struct nlattr *nest = mnl_attr_nest_start(w->nlh, type);
	uint8_t padded[32];

	mnl_attr_put(w->nlh, NFTA_DATA_VALUE,
		     nft_rule_pad(w->set, key, padded), padded);
	mnl_attr_nest_end(w->nlh, nest);
}

/* The address after an interval, which ends it; none after the last one. */
static void put_interval_end(struct writer *w, const struct elem *e)
{
	struct nlattr *nest;
	struct addr next;

	memcpy(next.b, e->end, sizeof(next.b));
	if (!addr_next(w->set->family, &next))
		return;
	nest = begin_elem(w);
	put_key(w, NFTA_SET_ELEM_KEY, next.b);
	mnl_attr_put_u32(w->nlh, NFTA_SET_ELEM_FLAGS,
			 htonl(NFT_SET_ELEM_INTERVAL_END));
	mnl_attr_nest_end(w->nlh, nest);
}

static void put_elem(struct writer *w, const struct elem *e)
{
	struct nlattr *nest = begin_elem(w);

	put_key(w, NFTA_SET_ELEM_KEY, e->key);
	if (w->set->interval && w->set->key != SET_KEY_ADDR)
		put_key(w, NFTA_SET_ELEM_KEY_END, e->end);
	if (w->set->map && w->add)
		nft_expr_put_verdict(w->nlh, NFTA_SET_ELEM_DATA, RULE_JUMP,
				     e->target);
	mnl_attr_nest_end(w->nlh, nest);
	if (w->set->interval && w->set->key == SET_KEY_ADDR)
		put_interval_end(w, e);
}

static void put_elems(struct writer *w, const struct elem *const *elems,
		      size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		put_elem(w, elems[i]);
	end_list(w);
}

void nft_set_add_elems(struct nft_batch *b, const struct set *set,
		       const struct elem *const *elems, size_t n)
{
	struct writer w = { .b = b, .set = set, .add = true };

	put_elems(&w, elems, n);
}

void nft_set_delete_elems(struct nft_batch *b, const struct set *set,
			  const struct elem *const *elems, size_t n)
{
	struct writer w = { .b = b, .set = set };

	put_elems(&w, elems, n);
	b->deletes |= n > 0;
}

static void put_state(struct writer *w, const char *text)
{
	const uint32_t key = VPNPF_STATE_KEY;
	struct nlattr *nest = begin_elem(w);
	uint8_t udata[2 + COMMENT_MAX_BYTES + 1];
	size_t n;

	put_key(w, NFTA_SET_ELEM_KEY, (const uint8_t *)&key);
	if (text) {
		n = strlen(nft_rule_comment(text, (char *)udata + 2)) + 1;
		udata[0] = NFTNL_UDATA_SET_ELEM_COMMENT;
		udata[1] = (uint8_t)n;
		mnl_attr_put(w->nlh, NFTA_SET_ELEM_USERDATA, 2 + n, udata);
	}
	mnl_attr_nest_end(w->nlh, nest);
	end_list(w);
}

void nft_set_add_state(struct nft_batch *b, const struct set *set,
		       const char *text)
{
	struct writer w = { .b = b, .set = set, .add = true };

	put_state(&w, text);
}

void nft_set_delete_state(struct nft_batch *b, const struct set *set)
{
	struct writer w = { .b = b, .set = set };

	put_state(&w, NULL);
	b->deletes = true;
}
