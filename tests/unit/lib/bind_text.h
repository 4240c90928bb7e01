/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A binding of what a test has written.
 */
#pragma once

#include "compiler/model/policy.h"

/* 0, or -EINVAL: no endpoint. */
static inline int bind_text(struct policy *p, const char *text,
			    unsigned int client, enum binding_source source,
			    struct str instance)
{
	struct endpoint e;
	int r = endpoint_parse(str_of(text), &e);

	if (!r)
		policy_bind_endpoint(p, &e, (struct binding){
			.client = client, .source = source,
			.instance = instance });
	return r;
}
