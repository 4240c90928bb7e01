/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy by chance, with all that makes lowering hard, and packets that go
 * to where it changes its mind.
 */
#pragma once

#include "compiler/model/policy.h"
#include "tests/unit/lib/eval_ruleset.h"
#include "tests/unit/lib/rng.h"

struct world {
	struct sources sources;
	struct policy policy;		/* resolved */
	bool ip6, nets, tap, ipsec;	/* what it was made with */
	bool wide;			/* addresses are many, and far apart */
	/* hosts: at both sides of every edge */
	VEC(struct prefix) owned, far;
};

void world_make(struct world *w, struct rng *rng);
void world_fini(struct world *w);

/* The strings in it live as long as the program. */
void world_packet(const struct world *w, struct rng *rng,
		  struct eval_packet *out);
