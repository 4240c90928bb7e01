/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects as libnftnl makes them of the kernel's messages: a rule with user
 * data, or elements of a set.  Not the messages: libnftnl ends the program, or
 * crashes, where one is not as the kernel makes it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include <libnftnl/expr.h>
#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft_parse.h"
#include "tests/fuzz/fuzz.h"

/* What a byte says how many follow, as many as there are. */
static const uint8_t *take(struct fuzz *f, uint32_t most, uint32_t *n)
{
	const uint8_t *p;

	*n = fuzz_byte(f);
	if (*n > most)
		*n = most;
	if (*n > f->size)
		*n = (uint32_t)f->size;
	p = f->data;
	f->data += *n;
	f->size -= *n;
	return p;
}

static struct nftnl_expr *make_expr(struct fuzz *f)
{
	static const char *const names[] = {
		"counter", "immediate", "meta", "immediate",
	};
	uint8_t kind = fuzz_byte(f);
	struct nftnl_expr *e = mem_check(nftnl_expr_alloc(names[kind & 3]));
	int verdict;

	if (kind & 1) {
		verdict = (int8_t)fuzz_byte(f);
		nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT,
				   (uint32_t)verdict);
		if (verdict == NFT_JUMP || verdict == NFT_GOTO)
			nftnl_expr_set_str(e, NFTNL_EXPR_IMM_CHAIN, "c/john");
	} else if (!(kind & 2)) {
		nftnl_expr_set_u64(e, NFTNL_EXPR_CTR_PACKETS, fuzz_byte(f));
		nftnl_expr_set_u64(e, NFTNL_EXPR_CTR_BYTES, fuzz_byte(f));
	}
	return e;
}

static void read_rule(struct fuzz *f)
{
	struct nftnl_rule *r = mem_check(nftnl_rule_alloc());
	uint8_t n = fuzz_byte(f) & 7;
	struct kernel_rule out;
	const uint8_t *udata;
	uint32_t size;

	while (n--)
		nftnl_rule_add_expr(r, make_expr(f));
	udata = take(f, NFT_USERDATA_MAXLEN, &size);
	if (size)
		nftnl_rule_set_data(r, NFTNL_RULE_USERDATA, udata, size);
	nft_parse_rule(r, &out);
	nftnl_rule_free(r);
}

static struct nftnl_set_elem *make_elem(struct fuzz *f)
{
	static const uint16_t parts[] = {
		NFTNL_SET_ELEM_KEY, NFTNL_SET_ELEM_KEY_END,
		NFTNL_SET_ELEM_USERDATA,
	};
	struct nftnl_set_elem *e = mem_check(nftnl_set_elem_alloc());
	const uint8_t *data;
	uint32_t n, i;

	nftnl_set_elem_set_u32(e, NFTNL_SET_ELEM_FLAGS, fuzz_byte(f));
	for (i = 0; i < 3; i++) {
		data = take(f, NFT_DATA_VALUE_MAXLEN, &n);
		if (n)
			nftnl_set_elem_set(e, parts[i], data, n);
	}
	return e;
}

static void read_elems(struct fuzz *f)
{
	uint8_t kind = fuzz_byte(f);
	struct set set = {
		.key = (kind & 63) % (SET_KEY_STATE + 1), .family = kind >> 7,
		.counter = kind >> 6 & 1,
	};
	VEC(struct nft_half) halves = { 0 };
	struct nftnl_set_elem *e;
	struct nft_half half;

	while (f->size) {
		e = make_elem(f);
		if (nft_parse_elem(e, &set, &half)) {
			/* it ends in a NUL, so it can be read */
			if (half.comment && strlen(half.comment) > 255)
				abort();
			vec_push(&halves, half);
		}
		nftnl_set_elem_free(e);
	}
	set.interval = true;
	if (set.key == SET_KEY_ADDR && halves.n)
		nft_parse_fold(halves.v, halves.n, &set);
	vec_fini(&set.elems);
	vec_fini(&halves);
}

void fuzz_one(struct fuzz *f)
{
	if (fuzz_byte(f) & 1)
		read_rule(f);
	else
		read_elems(f);
}
