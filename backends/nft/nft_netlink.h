/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables, chains and rules as messages of a batch (sets: nft_set.h).
 * Adding is exclusive: the kernel refuses an object that exists (-EEXIST).
 */
#pragma once

#include "backends/nft/nft_batch.h"
#include "compiler/plan/plan.h"

/* Types of user data of rules; nft has small numbers, and ignores unknown
 * types. */
#define UDATA_RULE_DIGEST 200
#define UDATA_RULE_CONTENT 201	/* see nft_object_digest */

void nft_netlink_add_table(struct nft_batch *b);
void nft_netlink_delete_table(struct nft_batch *b);

void nft_netlink_add_chain(struct nft_batch *b, const struct chain *chain);
void nft_netlink_delete_chain(struct nft_batch *b, const char *name);

/* Append RULE to CHAIN; its counter begins with the values of OLD (or NULL). */
void nft_netlink_add_rule(struct nft_batch *b, const struct ruleset *rs,
			  const struct chain *chain, const struct rule *rule,
			  const struct kernel_rule *old);
/* The same, but where RULE goes to a chain, it drops. */
void nft_netlink_add_shut(struct nft_batch *b, const struct ruleset *rs,
			  const struct chain *chain, const struct rule *rule);
/* All rules of a chain. */
void nft_netlink_delete_rules(struct nft_batch *b, const char *chain);
void nft_netlink_delete_all_rules(struct nft_batch *b);
