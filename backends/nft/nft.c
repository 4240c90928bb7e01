/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft/nft.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "backends/nft/nft_batch.h"
#include "backends/nft/nft_bypass.h"
#include "backends/nft/nft_count.h"
#include "backends/nft/nft_list.h"
#include "backends/nft/nft_load.h"
#include "backends/nft/nft_nat.h"
#include "backends/nft/nft_netlink.h"
#include "backends/nft/nft_refusal.h"
#include "backends/nft/nft_text.h"
#include "compiler/lower/lower_nft.h"

static void fini_batch(struct nft_batch *b)
{
	nft_batch_fini(b);
}

#define BATCH_VAR __attribute__((cleanup(fini_batch))) struct nft_batch

static int say_open(int error, struct diag *d)
{
	if (error == -EPERM || error == -EACCES)
		return diag_error(d, LOC_NONE, error,
				  "access to the kernel's rules needs root or CAP_NET_ADMIN");
	if (error == -EPROTONOSUPPORT || error == -EINVAL)
		return -EPROTONOSUPPORT;
	return diag_error(d, LOC_NONE, error,
			  "cannot talk to the kernel's nftables: %s",
			  strerror(-error));
}

static int nft_open(struct backend_handle **out,
		    const struct ipt_options *unused, struct diag *d)
{
	struct nft_sock sock;
	uint32_t generation;
	int r = nft_sock_open(&sock);

	(void)unused;
	if (r)
		return say_open(r, d);
	/* the kernel refuses this request without privilege or nf_tables */
	r = nft_sock_generation(&sock, &generation);
	if (r) {
		nft_sock_close(&sock);
		return say_open(r, d);
	}
	*out = mem_zalloc(1, sizeof(**out));
	(*out)->sock = sock;
	return 0;
}

/* Three small requests, since every hook reads the state. */
static int read_state(struct nft_sock *s, char *buf, size_t size,
		      uint32_t *generation)
{
	uint32_t after;
	int r;

	r = nft_sock_generation(s, generation);
	if (r)
		return r;
	r = nft_state_text(s, buf, size);
	if (r == -ENOENT) {
		*buf = '\0';
		r = nft_table_exists(s);
	}
	if (r)
		return r;
	r = nft_sock_generation(s, &after);
	return r ? r : after == *generation ? 0 : -EINTR;
}

static int nft_check(struct backend_handle *h, const char *state,
		     uint32_t *generation, struct diag *d)
{
	unsigned int tries = 0;
	char text[128];
	int r;

	if (!h)
		return 0;
	do {
		r = read_state(&h->sock, text, sizeof(text), generation);
	} while (nft_may_read_again(r) && ++tries < NFT_TRIES);
	if (r && r != -ENOENT)
		return nft_say_read(r, d);
	return r ? r : strcmp(text, state) ? -ENOENT : 0;
}

static int nft_list(struct backend_handle *h, struct kernel_ruleset *out,
		    uint32_t *generation, struct diag *d)
{
	unsigned int tries = 0;
	int r;

	do {
		r = nft_list_read(&h->sock, out, generation);
	} while (nft_may_read_again(r) && ++tries < NFT_TRIES);
	if (r == -EINTR)
		return diag_error(d, LOC_NONE, -EAGAIN,
				  "the kernel's rules change faster than they can be read");
	return r ? nft_say_read(r, d) : 0;
}

static int nft_read_counters(struct backend_handle *h, const struct plan *plan,
			     struct kernel_ruleset *old, struct diag *d)
{
	int r = nft_count_read(&h->sock, plan, old);

	return r && r != -ENOENT && r != -ERESTART ? nft_say_read(r, d) : r;
}

static int remove_by(struct backend_handle *h,
		     void (*add)(struct nft_batch *b), struct diag *d)
{
	BATCH_VAR b = { 0 };
	uint32_t generation;
	int r = nft_sock_generation(&h->sock, &generation);

	if (!r)
		r = nft_table_exists(&h->sock);
	if (r)
		return r == -ENOENT ? 0 : nft_say_read(r, d);
	nft_batch_begin(&b, h->sock.seq + 1, &generation);
	add(&b);
	r = nft_batch_commit(&b, &h->sock, NULL, &generation, false, d);
	h->deleted |= !r;
	return nft_batch_is_limit(r) ? nft_refusal_say_limit(b.len, r, d) : r;
}

/* The rules first: with one batch for all, packets met rules whose maps were
 * empty already, and were dropped (Linux 6.18). */
static int remove_table(struct backend_handle *h, struct diag *d)
{
	int r = remove_by(h, nft_netlink_delete_all_rules, d);

	return r ? r : remove_by(h, nft_netlink_delete_table, d);
}

static int nft_remove(struct backend_handle *h, struct diag *d)
{
	unsigned int tries = 0;
	int r;

	do {
		r = remove_table(h, d);
	} while (r == -ERESTART && ++tries < NFT_TRIES);
	if (r == -ERESTART)
		return diag_error(d, LOC_NONE, r,
				  "the kernel's rules change faster than they can be removed");
	return r;
}

/*
 * The process that closes a netlink socket last waits until the kernel has
 * freed all deleted objects of the network namespace: 8 to 16 ms, a whole RCU
 * grace period, while a hook needs 1 ms.  So a child keeps the socket open
 * until its parent ends, which closes the parent's end of the pipe, and waits
 * instead of the parent.  The child keeps no other descriptor open, such as the
 * caller's pipes or a lock.
 */
static void hold_socket(int sock, int alive)
{
	unsigned int low = (unsigned int)(sock < alive ? sock : alive);
	unsigned int high = (unsigned int)(sock < alive ? alive : sock);
	char c;

	if (low)
		close_range(0, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0u, 0);
	while (read(alive, &c, 1) > 0)
		;
	_exit(0);
}

struct held {
	int sock, alive[2];
};

static int run_holder(void *arg)
{
	struct held *held = arg;

	close(held->alive[1]);
	hold_socket(held->sock, held->alive[0]);
	return 0;
}

/*
 * The child shares our memory, and writes only to its own stack: fork would
 * copy the page tables, which costs the hook time.  Sanitizers and valgrind
 * need fork.
 */
static pid_t start_holder(struct held *held)
{
#ifdef CHECKED_BUILD
	pid_t pid = fork();

	return pid ? pid : run_holder(held);
#else
	static char stack[16384] __attribute__((aligned(16)));

	return clone(run_holder, stack + sizeof(stack), CLONE_VM | SIGCHLD,
		     held);
#endif
}

static void detach(struct backend_handle *h)
{
	static struct held held;
	int *alive = held.alive;
	pid_t pid;

	if (pipe2(alive, O_CLOEXEC))
		return;
	held.sock = nft_sock_fd(&h->sock);
	pid = start_holder(&held);
	close(alive[0]);
	/* without a child the pipe is useless; with a child our end stays open
	 * until this process ends */
	if (pid < 0)
		close(alive[1]);
}

static void nft_close(struct backend_handle *h, bool do_detach)
{
	if (!h)
		return;
	if (do_detach && h->deleted)
		detach(h);
	nft_sock_close(&h->sock);
	free(h);
}

/* A table without base chains, which a kill between two batches can leave,
 * judges nothing.  False for a kernel without nf_tables. */
static bool nft_is_loaded(void)
{
	struct nft_sock sock;
	bool there;

	if (nft_sock_open(&sock))
		return false;
	there = nft_has_base_chain(&sock);
	nft_sock_close(&sock);
	return there;
}

const struct backend backend_nft = {
	.name = "nftables",
	.lower = lower_nft,
	.lower_affected = lower_nft_affected,
	.reusable = true,
	.is_loaded = nft_is_loaded,
	.has_nat = nft_has_nat,
	.find_nat = nft_find_nat,
	.find_bypass = nft_find_bypass,
	.open = nft_open,
	.check = nft_check,
	.list = nft_list,
	.count = counters_count_nft,
	.owners = owners_read_nft,
	.read_counters = nft_read_counters,
	.commit = nft_load,
	.remove = nft_remove,
	.close = nft_close,
	.print = nft_text_print,
};
