/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_set.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "backends/nft/nft_object.h"

/* Close the last message by beginning one more. */
static void finish(struct nft_batch *b)
{
	const struct nft_note note = { .kind = NOTE_BATCH };

	nft_batch_add(b, NFT_MSG_NEWTABLE, 0, note);
}

static const struct nlattr *find_attr(const struct nlmsghdr *nlh, int type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == type)
			return attr;
	fail();
	return NULL;
}

struct count {
	size_t n, ends;
};

static int count_elem(struct nftnl_set_elem *e, void *data)
{
	struct count *c = data;

	c->n++;
	c->ends += nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_FLAGS);
	return 0;
}

/* Elements of all messages; also: is each message as it must be? */
static struct count count_elems(const struct nft_batch *b)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)b->buf;
	struct count c = { 0, 0 };
	int left = (int)b->len;
	uint32_t seq = b->seq;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		assert_int_equal(nlh->nlmsg_seq, seq++);
		assert_false(nlh->nlmsg_flags & NLM_F_ACK);
		if (nlh->nlmsg_type == NFNL_MSG_BATCH_BEGIN)
			continue;
		SET_VAR *s = mem_check(nftnl_set_alloc());

		assert_true(mnl_attr_get_len(
			    find_attr(nlh, NFTA_SET_ELEM_LIST_ELEMENTS)) <=
			    LIST_MAX_BYTES);
		assert_int_equal(nftnl_set_elems_nlmsg_parse(nlh, s), 0);
		nftnl_set_elem_foreach(s, count_elem, &c);
	}
	assert_int_equal(left, 0);
	return c;
}

static void many_elements_are_split_over_messages(void **state)
{
	enum { N = 100000 };
	struct set set = { .name = "s", .key = SET_KEY_ADDR };
	const struct elem **list = mem_alloc(N * sizeof(const struct elem *));
	struct nft_batch b;
	struct count c;
	size_t i;

	(void)state;
	vec_reserve(&set.elems, (size_t)N);
	for (i = 0; i < N; i++) {
		struct elem *e = set_add_elem(&set);

		*(uint32_t *)e->key = htonl((uint32_t)i * 2);
		*(uint32_t *)e->end = htonl((uint32_t)i * 2);
		list[i] = e;
	}
	nft_batch_begin(&b, 5, NULL);
	nft_set_add_elems(&b, &set, list, N);
	finish(&b);
	assert_true(b.notes.n > 20);
	c = count_elems(&b);
	assert_int_equal(c.n, N);
	assert_int_equal(c.ends, 0);
	nft_batch_fini(&b);
	free(list);
	vec_fini(&set.elems);
}

static void interval_has_an_end_unless_it_is_the_last(void **state)
{
	struct set set = { .name = "s", .interval = true };
	struct elem first = { .end = { 0, 0, 0, 255 } };
	struct elem last = { .key = { 255 }, .end = { 255, 255, 255, 255 } };
	const struct elem *list[] = { &first, &last };
	struct nft_batch b;
	struct count c;

	(void)state;
	nft_batch_begin(&b, 1, NULL);
	nft_set_add_elems(&b, &set, list, 2);
	finish(&b);
	c = count_elems(&b);
	assert_int_equal(c.n, 3);
	assert_int_equal(c.ends, 1);
	nft_batch_fini(&b);
}

static void batch_names_its_generation(void **state)
{
	const uint32_t generation = 0x01020304;
	struct nft_batch b;

	(void)state;
	nft_batch_begin(&b, 1, &generation);
	assert_true(nft_batch_is_empty(&b));
	assert_int_equal(ntohl(mnl_attr_get_u32(
			 find_attr((const struct nlmsghdr *)b.buf,
				   NFNL_BATCH_GENID))), generation);
	nft_batch_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_elements_are_split_over_messages),
		cmocka_unit_test(interval_has_an_end_unless_it_is_the_last),
		cmocka_unit_test(batch_names_its_generation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
