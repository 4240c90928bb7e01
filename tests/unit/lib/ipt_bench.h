/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of backend_ipt against the kernel share: the backend, open,
 * in a network of its own, and the sample to be committed.
 */
#pragma once

#include "backends/backend.h"
#include "backends/ipt/ipt_sock.h"
#include "tests/unit/lib/ipt_sample.h"

/* The text of the state that ipt_bench_apply writes. */
#define BENCH_STATE "vpnpf 0123456789abcdef"

struct bench {
	struct ipt_sample sample;
	struct backend_handle *h;
	struct ipt_options ipt;
	char *said;			/* by ipt_bench_said */
	size_t size;
	struct diag d;
};

/* False, with a line that says why: there is nothing to test with. */
bool ipt_bench_is_possible(void);

/* Of each test (cmocka); *state is a struct bench.  Teardown takes out all
 * rules, of others too. */
int ipt_bench_setup(void **state);
int ipt_bench_teardown(void **state);

/* All that the backend has said. */
const char *ipt_bench_said(struct bench *b);

/* Close and open: drops the lock, which list takes and commit gives back. */
void ipt_bench_reopen(struct bench *b);

/* List, plan, commit, again while others are faster: how many chains change,
 * or -errno. */
int ipt_bench_apply(struct bench *b, const struct ruleset *rs);
/* The same once, and the handle is not opened anew. */
int ipt_bench_try(struct bench *b, const struct ruleset *rs);

/* By backend.state. */
uint32_t ipt_bench_generation(struct bench *b);

/* Fails unless iptables-legacy-save shows of ours what print writes. */
void ipt_bench_assert_kernel_is(const struct ruleset *rs);

/* Give each entry of table filter counters of its own: its place. */
void ipt_bench_mark_counters(unsigned int family);
