/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_set.h"

#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft_object.h"
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
	/* without this flag an interval set of pairs is a tree of 8-byte keys,
	 * on which nft 1.0.6 ends with a segmentation fault */
	if (set->interval && set->key != SET_KEY_ADDR)
		flags |= NFT_SET_CONCAT;
	if (set->map)
		flags |= NFT_SET_MAP;
	return flags;
}

/* Set the lengths of the key's parts; the array ends with a zero. */
static void set_parts(struct nftnl_set *s, const struct set *set)
{
	const struct nft_field *fields[KEY_FIELDS];
	unsigned int n = nft_rule_fields(set, fields), i;
	uint8_t lengths[KEY_FIELDS + 1] = { 0 };

	for (i = 0; i < n; i++)
		lengths[i] = fields[i]->len;
	nft_object_check(nftnl_set_set_data(s, NFTNL_SET_DESC_CONCAT, lengths,
					    sizeof(lengths)));
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

/* Add a part of the key: the kind of expression, then its N numbers. */
static void put_part(struct nftnl_udata_buf *u, uint8_t part, uint32_t expr,
		     const uint32_t *numbers, uint8_t n)
{
	struct nftnl_udata *whole, *data;
	uint8_t i;

	whole = nftnl_udata_nest_start(u, part);
	nftnl_udata_put_u32(u, NFTNL_UDATA_SET_TYPEOF_EXPR, expr);
	data = nftnl_udata_nest_start(u, NFTNL_UDATA_SET_TYPEOF_DATA);
	for (i = 0; i < n; i++)
		nftnl_udata_put_u32(u, i, numbers[i]);
	nftnl_udata_nest_end(u, data);
	nftnl_udata_nest_end(u, whole);
}

/* typeof ip saddr . ipsec in reqid: without it nft lists a type "integer",
 * which it does not read back */
static void put_typeof(struct nftnl_udata_buf *u, const struct set *set)
{
	static const uint32_t addr[][2] = {
		[FAMILY_IP4] = { PROTO_DESC_IP, IPHDR_SADDR },
		[FAMILY_IP6] = { PROTO_DESC_IP6, IP6HDR_SADDR },
	};
	/* of the first policy, inbound */
	static const uint32_t reqid[] = { NFT_XFRM_KEY_REQID, 0, 0 };
	struct nftnl_udata *type, *parts;

	type = nftnl_udata_nest_start(u, NFTNL_UDATA_SET_KEY_TYPEOF);
	nftnl_udata_put_u32(u, NFTNL_UDATA_SET_TYPEOF_EXPR, EXPR_CONCAT);
	parts = nftnl_udata_nest_start(u, NFTNL_UDATA_SET_TYPEOF_DATA);
	put_part(u, 0, EXPR_PAYLOAD, addr[set->family], 2);
	put_part(u, 1, EXPR_XFRM, reqid, 3);
	nftnl_udata_nest_end(u, parts);
	nftnl_udata_nest_end(u, type);
}

/* The user data by which nft prints keys: without it, keys in host order are
 * printed with swapped bytes. */
static void set_userdata(struct nftnl_set *s, const struct set *set)
{
	UDATA_VAR *u = nft_object_udata(96);

	if (set->key == SET_KEY_ADDR || set->key == SET_KEY_STATE)
		nftnl_udata_put_u32(u, NFTNL_UDATA_SET_KEYBYTEORDER,
				    set->key == SET_KEY_STATE ? ORDER_HOST
							      : ORDER_NETWORK);
	else if (set->key == SET_KEY_ADDR_REQID)
		put_typeof(u, set);
	else
		return;
	nft_object_check(nftnl_set_set_data(s, NFTNL_SET_USERDATA,
					    nftnl_udata_buf_data(u),
					    nftnl_udata_buf_len(u)));
}

void nft_set_add(struct nft_batch *b, const struct set *set)
{
	static const uint8_t no_key[32];
	const struct nft_note note = { .kind = NOTE_SET, .set = set };
	SET_VAR *s = nft_object_set(set->name);
	uint8_t padded[32];

	nftnl_set_set_u32(s, NFTNL_SET_FLAGS, set_flags(set));
	nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, nft_rule_key_type(set));
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN,
			  nft_rule_pad(set, no_key, padded));
	if (set->map)
		nftnl_set_set_u32(s, NFTNL_SET_DATA_TYPE, NFT_DATA_VERDICT);
	/* the kernel needs an id, unique within a batch; vpnpf uses names */
	nftnl_set_set_u32(s, NFTNL_SET_ID, (uint32_t)b->notes.n);
	if (set_flags(set) & NFT_SET_CONCAT)
		set_parts(s, set);
	set_userdata(s, set);
	/* the kernel gives each element its own counter */
	if (set->counter)
		nftnl_set_add_expr(s, mem_check(nftnl_expr_alloc("counter")));
	nftnl_set_nlmsg_build_payload(
		nft_batch_add(b, NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL,
			      note), s);
}

void nft_set_delete(struct nft_batch *b, const struct set *set)
{
	const struct nft_note note = { .kind = NOTE_SET_DELETE, .set = set };
	SET_VAR *s = nft_object_set(set->name);

	nftnl_set_nlmsg_build_payload(
		nft_batch_add(b, NFT_MSG_DELSET, 0, note), s);
	b->deletes = true;
}

static void set_key(struct nftnl_set_elem *e, uint16_t attr,
		    const struct set *set, const uint8_t *key)
{
	uint8_t padded[32];

	nft_object_check(nftnl_set_elem_set(e, attr, padded,
					    nft_rule_pad(set, key, padded)));
}

struct nftnl_set_elem *nft_set_elem(const struct set *set, const uint8_t *key)
{
	struct nftnl_set_elem *e = mem_check(nftnl_set_elem_alloc());

	set_key(e, NFTNL_SET_ELEM_KEY, set, key);
	return e;
}

/* Consecutive messages of elements.  ELEM and END are reused for each element,
 * so a million elements need no memory of their own. */
struct writer {
	struct nft_batch *b;
	const struct set *set;
	struct nftnl_set_elem *elem, *end;
	bool add;
	struct nlmsghdr *nlh;
	struct nlattr *list;	/* NULL: no list is open */
};

static void begin_list(struct writer *w)
{
	const struct nft_note note = {
		.kind = w->add ? NOTE_ELEMS : NOTE_ELEMS_DELETE,
		.set = w->set,
	};
	SET_VAR *s = nft_object_set(w->set->name);

	w->nlh = nft_batch_add(w->b, w->add ? NFT_MSG_NEWSETELEM
					    : NFT_MSG_DELSETELEM,
			       w->add ? NLM_F_CREATE | NLM_F_EXCL : 0, note);
	nftnl_set_elems_nlmsg_build_payload(w->nlh, s);
	w->list = mnl_attr_nest_start(w->nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
}

static void end_list(struct writer *w)
{
	if (w->list)
		mnl_attr_nest_end(w->nlh, w->list);
	w->list = NULL;
}

/* An interval's two elements are in one list, as a batch may be cut between
 * lists. */
static void make_room(struct writer *w)
{
	const ptrdiff_t most = w->b->cut ? PIECE_MIN_BYTES / 2
					 : LIST_MAX_BYTES;
	const char *tail;

	if (w->list) {
		tail = mnl_nlmsg_get_payload_tail(w->nlh);
		/* room for an interval: a chain's name and three keys at
		 * most */
		if (tail - (char *)w->list > most - 512)
			end_list(w);
	}
	if (!w->list)
		begin_list(w);
}

static void write_elem(struct writer *w, struct nftnl_set_elem *e)
{
	nftnl_set_elem_nlmsg_build(w->nlh, e, NFTA_LIST_ELEM);
}

/* The end of an interval is the address after it; an interval up to the last
 * address has no end. */
static void put_interval_end(struct writer *w, const struct elem *e)
{
	struct addr next;

	memcpy(next.b, e->end, sizeof(next.b));
	if (!addr_next(w->set->family, &next))
		return;
	set_key(w->end, NFTNL_SET_ELEM_KEY, w->set, next.b);
	nftnl_set_elem_set_u32(w->end, NFTNL_SET_ELEM_FLAGS,
			       NFT_SET_ELEM_INTERVAL_END);
	write_elem(w, w->end);
}

static void set_comment(struct nftnl_set_elem *e, const char *text)
{
	UDATA_VAR *u = nft_object_udata(2 + COMMENT_MAX_BYTES + 1);

	nftnl_udata_put_strz(u, NFTNL_UDATA_SET_ELEM_COMMENT, text);
	nft_object_check(nftnl_set_elem_set(e, NFTNL_SET_ELEM_USERDATA,
					    nftnl_udata_buf_data(u),
					    nftnl_udata_buf_len(u)));
}

static void put_elem(struct writer *w, const struct elem *e)
{
	make_room(w);
	set_key(w->elem, NFTNL_SET_ELEM_KEY, w->set, e->key);
	if (w->set->interval && w->set->key != SET_KEY_ADDR)
		set_key(w->elem, NFTNL_SET_ELEM_KEY_END, w->set, e->end);
	if (w->set->map && w->add) {
		nftnl_set_elem_set_u32(w->elem, NFTNL_SET_ELEM_VERDICT,
				       (uint32_t)NFT_JUMP);
		nft_object_check(nftnl_set_elem_set_str(w->elem,
							NFTNL_SET_ELEM_CHAIN,
							e->target));
	}
	if (e->comment && w->add)
		set_comment(w->elem, e->comment);
	write_elem(w, w->elem);
	if (w->set->interval && w->set->key == SET_KEY_ADDR)
		put_interval_end(w, e);
}

static void put_elems(struct writer w, const struct elem *const *elems,
		      size_t n)
{
	static const uint8_t no_key[32];
	ELEM_VAR *elem = nft_set_elem(w.set, no_key);
	ELEM_VAR *end = nft_set_elem(w.set, no_key);
	size_t i;

	w.elem = elem;
	w.end = end;
	for (i = 0; i < n; i++)
		put_elem(&w, elems[i]);
	end_list(&w);
}

void nft_set_add_elems(struct nft_batch *b, const struct set *set,
		       const struct elem *const *elems, size_t n)
{
	put_elems((struct writer){ .b = b, .set = set, .add = true }, elems,
		  n);
}

void nft_set_delete_elems(struct nft_batch *b, const struct set *set,
			  const struct elem *const *elems, size_t n)
{
	put_elems((struct writer){ .b = b, .set = set }, elems, n);
	b->deletes |= n > 0;
}

struct nftnl_set_elem *nft_set_state_elem(void)
{
	static const struct set state = { .key = SET_KEY_STATE };
	const uint32_t key = VPNPF_STATE_KEY;

	return nft_set_elem(&state, (const uint8_t *)&key);
}

void nft_set_add_state(struct nft_batch *b, const struct set *set,
		       const char *text)
{
	struct writer w = { .b = b, .set = set, .add = true };
	char comment[COMMENT_MAX_BYTES + 1];
	ELEM_VAR *e = nft_set_state_elem();

	set_comment(e, nft_rule_comment(text, comment));
	make_room(&w);
	write_elem(&w, e);
	end_list(&w);
}

void nft_set_delete_state(struct nft_batch *b, const struct set *set)
{
	struct writer w = { .b = b, .set = set };
	ELEM_VAR *e = nft_set_state_elem();

	make_room(&w);
	write_elem(&w, e);
	end_list(&w);
	b->deletes = true;
}
