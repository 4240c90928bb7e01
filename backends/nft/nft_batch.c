/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft_batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "backends/nft/nft_refusal.h"

/* Room for the longest message: a list of elements and the names. */
#define MESSAGE_ROOM (96u << 10)

/* The most refusals that are said: the first is the cause of most others. */
#define REFUSALS_SAID 5

/* Zeroed, because libmnl does not write the padding after an attribute. */
static void make_room(struct nft_batch *b)
{
	if (b->room - b->len >= MESSAGE_ROOM)
		return;
	b->room = 2 * (b->len + MESSAGE_ROOM);
	b->buf = mem_realloc(b->buf, b->room, 1);
	memset(b->buf + b->len, 0, b->room - b->len);
}

/* The last message has its final length now. */
static void close_message(struct nft_batch *b)
{
	const struct nlmsghdr *nlh;

	if (b->open == b->len && b->notes.n) {
		nlh = (const struct nlmsghdr *)(b->buf + b->open);
		b->len += NLMSG_ALIGN(nlh->nlmsg_len);
	}
}

static uint32_t begin_message(struct nft_batch *b, struct nft_note note)
{
	close_message(b);
	make_room(b);
	b->open = b->len;
	vec_push(&b->notes, note);
	return b->seq + (uint32_t)b->notes.n - 1;
}

void nft_batch_begin(struct nft_batch *b, uint32_t seq,
		     const uint32_t *generation)
{
	const struct nft_note note = { .kind = NOTE_BATCH };
	struct nlmsghdr *nlh;

	*b = (struct nft_batch){ .seq = seq };
	seq = begin_message(b, note);
	nlh = nftnl_batch_begin(b->buf, seq);
	if (generation)
		mnl_attr_put_u32(nlh, NFNL_BATCH_GENID, htonl(*generation));
}

void nft_batch_fini(struct nft_batch *b)
{
	free(b->buf);
	vec_fini(&b->notes);
}

struct nlmsghdr *nft_batch_add(struct nft_batch *b, unsigned int type,
			       unsigned int flags, struct nft_note note)
{
	uint32_t seq = begin_message(b, note);

	return nftnl_nlmsg_build_hdr(b->buf + b->open, (uint16_t)type,
				     NFPROTO_INET, (uint16_t)flags, seq);
}

bool nft_batch_is_empty(const struct nft_batch *b)
{
	return b->notes.n <= 1;
}

static void end_batch(struct nft_batch *b)
{
	const struct nft_note note = { .kind = NOTE_BATCH };
	uint32_t seq = begin_message(b, note);
	struct nlmsghdr *nlh = nftnl_batch_end(b->buf + b->open, seq);

	/* the only acknowledgement: one for each message could overflow the
	 * receive buffer */
	nlh->nlmsg_flags |= NLM_F_ACK;
	close_message(b);
}

/* The kernel's answers to a batch. */
struct outcome {
	struct nft_batch *b;
	const struct ruleset *rs;
	struct diag *d;
	bool quiet_drift, acked;
	bool lost;		/* an answer */
	int error;		/* the first */
	unsigned int errors;
};

static bool is_silent(const struct outcome *o, int error)
{
	return error == -ERESTART || nft_batch_is_limit(error) ||
	       (o->quiet_drift && (error == -ENOENT || error == -EEXIST));
}

static void take_outcome(const struct nlmsghdr *nlh, void *data)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	struct outcome *o = data;
	uint32_t i = nlh->nlmsg_seq - o->b->seq;

	if (nlh->nlmsg_type != NLMSG_ERROR || i >= o->b->notes.n)
		return;
	if (!err->error) {
		o->acked |= i == o->b->notes.n - 1;
		return;
	}
	if (!o->error)
		o->error = err->error;
	/* errors after a silent one are its consequences */
	if (!is_silent(o, o->error) && o->errors++ < REFUSALS_SAID)
		nft_refusal_say(o->b, i, nlh, o->rs, o->d);
}

static int say_not_sent(int error, size_t len, struct diag *d)
{
	diag_error(d, LOC_NONE, error,
		   "cannot send %zu bytes of rules to the kernel: %s", len,
		   strerror(-error));
	return error;
}

/*
 * A batch without a refusal may still not be committed: the kernel silently
 * drops a batch that it takes for incomplete.  Since 6.10 the kernel
 * acknowledges the end of a batch; before, the new generation is the proof, as
 * the batch was bound to the old one.
 */
static int prove_commit(const struct outcome *o, struct nft_sock *s,
			uint32_t *generation)
{
	uint32_t now = *generation;
	int r;

	if (!o->acked) {
		r = nft_sock_generation(s, &now);
		if (r)
			return diag_error(o->d, LOC_NONE, r,
					  "cannot read the kernel's generation of rules: %s",
					  strerror(-r));
		if (now == *generation)
			return o->lost ? -ENOBUFS :
			       diag_error(o->d, LOC_NONE, -EIO,
					  "the kernel ignored the change of rules");
		/* after a loss it may be the commit of another program */
		if (now != *generation + 1 || o->lost)
			return -ERESTART;
	}
	++*generation;
	return 0;
}

/* The first message after the beginning of the batch. */
static size_t first_message(const struct nft_batch *b)
{
	return NLMSG_ALIGN(((const struct nlmsghdr *)b->buf)->nlmsg_len);
}

/* Bind the batch to another generation. */
static void bind_again(struct nft_batch *b, uint32_t generation)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)b->buf;
	struct nlattr *attr = mnl_nlmsg_get_payload_offset(nlh,
						sizeof(struct nfgenmsg));

	*(uint32_t *)mnl_attr_get_payload(attr) = htonl(generation);
}

/* The end of a piece of at most MOST bytes, but at least one message. */
static size_t find_cut(const struct nft_batch *b, size_t from, size_t most)
{
	size_t to = from, len;

	while (to < b->open) {
		len = NLMSG_ALIGN(((const struct nlmsghdr *)
				   (b->buf + to))->nlmsg_len);
		if (to > from && to + len - from > most)
			break;
		to += len;
	}
	return to;
}

/* Commit the messages between the offsets as a batch. */
static int commit_piece(struct outcome *o, struct nft_sock *s, size_t from,
			size_t to, uint32_t *generation)
{
	const struct nft_batch *b = o->b;
	const struct iovec parts[] = {
		{ b->buf, first_message(b) },
		{ b->buf + from, to - from },
		{ b->buf + b->open, b->len - b->open },
	};
	int r = nft_sock_send(s, parts, 3);

	o->acked = o->lost = false;
	o->error = 0;
	if (r)
		return nft_batch_is_limit(r) ? r
					     : say_not_sent(r, b->len, o->d);
	r = nft_sock_drain(s, take_outcome, o);
	if (o->error)
		return o->error;
	o->lost = r == -ENOBUFS;
	if (r && !o->lost)
		return diag_error(o->d, LOC_NONE, r,
				  "cannot read the kernel's answer: %s",
				  strerror(-r));
	return prove_commit(o, s, generation);
}

static int commit_pieces(struct outcome *o, struct nft_sock *s,
			 uint32_t *generation)
{
	size_t most = PIECE_MAX_BYTES, from = first_message(o->b), to;
	int r;

	do {
		to = find_cut(o->b, from, most);
		r = commit_piece(o, s, from, to, generation);
		if (nft_batch_is_limit(r) && most > PIECE_MIN_BYTES) {
			most /= 2;
			r = 0;
			continue;
		}
		from = to;
		bind_again(o->b, *generation);
	} while (!r && from < o->b->open);
	return r;
}

int nft_batch_commit(struct nft_batch *b, struct nft_sock *s,
		     const struct ruleset *rs, uint32_t *generation,
		     bool quiet_drift, struct diag *d)
{
	struct outcome o = {
		.b = b, .rs = rs, .d = d, .quiet_drift = quiet_drift,
	};
	int r;

	end_batch(b);
	s->seq = b->seq + (uint32_t)b->notes.n;
	r = b->cut ? commit_pieces(&o, s, generation)
		   : commit_piece(&o, s, first_message(b), b->open,
				  generation);
	if (o.errors > REFUSALS_SAID)
		diag_note(d, LOC_NONE, "%u more refusals by the kernel",
			  o.errors - REFUSALS_SAID);
	return r;
}

static void take_error(const struct nlmsghdr *nlh, void *data)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	int *error = data;

	if (nlh->nlmsg_type == NLMSG_ERROR && err->error)
		*error = err->error;
}

/* An empty batch changes nothing, but waits for the commits before it. */
int nft_batch_settle(struct nft_sock *s, uint32_t generation)
{
	struct iovec whole;
	struct nft_batch b;
	int r, error = 0;

	nft_batch_begin(&b, s->seq + 1, &generation);
	end_batch(&b);
	s->seq = b.seq + (uint32_t)b.notes.n;
	whole = (struct iovec){ b.buf, b.len };
	r = nft_sock_send(s, &whole, 1);
	nft_batch_fini(&b);
	if (r)
		return r;
	r = nft_sock_drain(s, take_error, &error);
	/* a lost answer does not matter: the caller compares generations */
	return error ? error : r == -ENOBUFS ? 0 : r;
}
