/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects of libnftnl in our table.  These functions never return NULL; X_VAR
 * frees the object at the end of its scope:
 *
 *	RULE_VAR *r = nft_object_rule("from/office");
 */
#pragma once

#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>

/* NAME NULL: no name; in requests and deletions all objects of the table. */
struct nftnl_table *nft_object_table(void);
struct nftnl_chain *nft_object_chain(const char *name);
struct nftnl_rule *nft_object_rule(const char *chain);
struct nftnl_set *nft_object_set(const char *name);
/* Room for user data of SIZE bytes, the two before each value included. */
struct nftnl_udata_buf *nft_object_udata(uint32_t size);

/*
 * R is the return value of a setter of libnftnl.  A setter that copies text or
 * bytes fails if memory runs out, and the object would lack them; like mem.h,
 * this function then ends the program.
 */
void nft_object_check(int r);

/*
 * A digest of a rule's expressions as it is sent, or as the kernel returns it
 * with added attributes that are zero.  Values of counters are left out.  It
 * stands in the rule's user data, so that a rule with changed expressions and
 * old user data is found.
 */
uint64_t nft_object_digest(struct nftnl_rule *rule);

#define NFT_OBJECT_FREE(kind)						\
static inline void nft_object_free_##kind(struct nftnl_##kind **object)	\
{									\
	nftnl_##kind##_free(*object);					\
}
NFT_OBJECT_FREE(table)
NFT_OBJECT_FREE(chain)
NFT_OBJECT_FREE(rule)
NFT_OBJECT_FREE(set)
NFT_OBJECT_FREE(set_elem)
NFT_OBJECT_FREE(udata_buf)
#undef NFT_OBJECT_FREE

#define NFT_OBJECT_VAR(kind) \
	__attribute__((cleanup(nft_object_free_##kind))) struct nftnl_##kind
#define TABLE_VAR NFT_OBJECT_VAR(table)
#define CHAIN_VAR NFT_OBJECT_VAR(chain)
#define RULE_VAR NFT_OBJECT_VAR(rule)
#define SET_VAR NFT_OBJECT_VAR(set)
#define ELEM_VAR NFT_OBJECT_VAR(set_elem)
#define UDATA_VAR NFT_OBJECT_VAR(udata_buf)
