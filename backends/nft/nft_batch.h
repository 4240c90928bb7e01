/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A batch: messages in one buffer that grows, and for each of them what it is
 * about, so that a refusal by the kernel finds its words and its .pf line.
 * Owns its memory; borrows what the notes point to.
 */
#pragma once

#include "backends/nft/nft_sock.h"
#include "compiler/base/diag.h"
#include "compiler/lower/ruleset.h"

/* The kernel's limit of one attribute, and so of a list of elements, is 65535
 * bytes; so much is used. */
#define LIST_MAX_BYTES 65000

enum nft_note_kind {
	NOTE_BATCH,
	NOTE_TABLE,
	NOTE_SET,
	NOTE_SET_DELETE,
	NOTE_CHAIN,
	NOTE_CHAIN_DELETE,
	NOTE_RULE,
	NOTE_ELEMS,
	NOTE_ELEMS_DELETE,
};

struct nft_note {
	enum nft_note_kind kind;
	union {
		const char *name;		/* table, chain */
		const struct rule *rule;
		const struct set *set;		/* also of elements */
	};
};

struct nft_batch {
	char *buf;
	size_t len, room;
	size_t open;		/* offset of the last message */
	uint32_t seq;		/* of the first message */
	VEC(struct nft_note) notes;	/* one for each message */
	bool deletes;		/* there are deletions in it */
};

/* Begin; it is to be committed under GENERATION only, if that is given. */
void nft_batch_begin(struct nft_batch *b, uint32_t seq,
		     const uint32_t *generation);
void nft_batch_fini(struct nft_batch *b);

/*
 * Begin a message of TYPE (NFT_MSG_*), with room for LIST_MAX_BYTES and a bit
 * more.  The pointer is good until the next message is begun.
 */
struct nlmsghdr *nft_batch_add(struct nft_batch *b, unsigned int type,
			       unsigned int flags, struct nft_note note);

/*
 * Wait until a commit that is going on has ended.  -ERESTART: the generation is
 * another one.  Says nothing.
 */
int nft_batch_settle(struct nft_sock *s, uint32_t generation);

/* Nothing in it yet but its beginning? */
bool nft_batch_is_empty(const struct nft_batch *b);

/*
 * End it, send it, and learn what became of it: 0 when it is proven to be
 * committed.  -ERESTART (silent): the generation is another one.  Refusals are
 * said; -ENOENT and -EEXIST not when QUIET_DRIFT.  RS: to print its rules.
 */
int nft_batch_commit(struct nft_batch *b, struct nft_sock *s,
		     const struct ruleset *rs, uint32_t *generation,
		     bool quiet_drift, struct diag *d);
