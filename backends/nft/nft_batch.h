/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A batch: messages in a growing buffer, and for each message a note of its
 * object, so that a refusal by the kernel can be said with the object and its
 * .pf line.  Owns its memory; borrows the objects of the notes.
 */
#pragma once

#include <errno.h>

#include "backends/nft/nft_sock.h"
#include "compiler/base/diag.h"
#include "compiler/lower/ruleset.h"

/* The most bytes in a list of elements; the kernel's limit of an attribute is
 * 65535. */
#define LIST_MAX_BYTES 65000

/*
 * If the kernel has no room for a batch, it may be cut: it is committed in
 * pieces, each of about PIECE_MAX_BYTES at first, and of PIECE_MIN_BYTES if
 * the kernel does not take more.  Its lists are short enough for the latter.
 */
#define PIECE_MAX_BYTES (128u << 10)
#define PIECE_MIN_BYTES (16u << 10)

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
	bool deletes;		/* the batch deletes objects */
	bool cut;		/* may be cut; set before messages are added */
};

/* Has the kernel no room for a message or an answer? */
static inline bool nft_batch_is_limit(int error)
{
	return error == -EMSGSIZE || error == -ENOBUFS || error == -ENOMEM;
}

/* Begin a batch.  With GENERATION not NULL, the kernel commits it only under
 * this generation. */
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
 * Wait for the end of a running commit.  -ERESTART: the generation is another
 * one.  Says nothing.
 */
int nft_batch_settle(struct nft_sock *s, uint32_t generation);

/* Has the batch no message but its beginning? */
bool nft_batch_is_empty(const struct nft_batch *b);

/*
 * End the batch, send it, and read the answers.  0: the batch is proven to be
 * committed.  -ERESTART (silent): the generation is another one, also after a
 * commit whose answer was lost.  Refusals are said, except limits
 * (nft_batch_is_limit), and -ENOENT and -EEXIST with QUIET_DRIFT.  After an
 * error the first pieces of a batch that may be cut may be committed.  The batch
 * has a generation.  RS: to print its rules.
 */
int nft_batch_commit(struct nft_batch *b, struct nft_sock *s,
		     const struct ruleset *rs, uint32_t *generation,
		     bool quiet_drift, struct diag *d);
