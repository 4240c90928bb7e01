/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parser of expectations, vpnpf.test(5): "john -> nick accept", one on a line.
 * expect_run.h checks them against a policy.
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
	struct str service_text;	/* as written; empty: none */
	struct service_key service;
	bool accept;
};

struct expect {
	VEC(struct expectation) list;
	VEC(char *) texts;		/* names from quotes, unquoted */
};

/*
 * *out has all valid lines, in order.  0, or -EINVAL (reported); end with
 * expect_fini either way.
 */
int expect_parse(const struct source *src, struct expect *out, struct diag *d);
void expect_fini(struct expect *e);
