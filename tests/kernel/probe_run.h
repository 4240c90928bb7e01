/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking: many probes in flight, one verdict each.
 *
 * Probes go out in bursts, all gates are read after each burst. What was not
 * seen is sent once more, alone with the others of its kind, and waited for;
 * only then it is a drop. A probe on a path that no filter looks at ends each
 * run: if it does not come through, the run is worth nothing (-EIO). A packet
 * that comes later than its verdict is counted in "late": it must stay 0, or
 * the waiting time was too short.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/kernel/probe_gate.h"

struct probe {
	struct packet packet;
	enum gate in, out;
	bool seen;
};

struct run {
	const struct gates *gates;
	int wait_ms;
	uint32_t next_id;
	unsigned long sent, late, astray;

	struct probe *probes;	/* of the run at work, lent */
	size_t n;
	uint32_t base;
	size_t missing;
};

/* Sets gates (in from the source, out from the destination) of P. */
void run_route(const struct gates *g, struct probe *p);

/*
 * Asks N probes and sets "seen" of each. Ids are given here. -EIO if nothing
 * is forwarded at all.
 */
int run_ask(struct run *run, struct probe *probes, size_t n);

/* A flow that must (or must not) come through, and what became of it. */
struct flow {
	struct probe probe;
	bool allowed;
	unsigned long sent, received;
};

/*
 * Sends packets of all flows for SECONDS or until *STOP is set; each burst is
 * read back before the next one. What did not arrive after wait_ms is lost.
 */
int run_flood(struct run *run, struct flow *flows, size_t n, double seconds,
	      const volatile int *stop);
