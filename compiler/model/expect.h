/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of expectations, vpnpf.test(5): "john -> nick accept", one a line.
 * What it says, not whether it holds.
 */
#pragma once

#include "compiler/model/verdict.h"

/* A client's name or an address. */
struct expect_end {
	struct str text;
	struct loc at;
};

struct expectation {
	struct loc at;			/* from the first word to the last */
	struct expect_end src, dst;
	struct str service_text;	/* as it is written; empty: none */
	struct service_key service;
	bool accept;
};

struct expect {
	VEC(struct expectation) list;
	VEC(char *) texts;		/* unquoted names */
};

/*
 * All lines that are right, in order.  0, or -EINVAL after errors were said;
 * end with expect_fini either way.
 */
int expect_parse(const struct source *src, struct expect *out, struct diag *d);
void expect_fini(struct expect *e);
