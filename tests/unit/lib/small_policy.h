/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy of a few lines, written in the test itself: clients, policy_sort,
 * then interfaces and addresses, then small_resolve and a lowering into "rs".
 */
#pragma once

#include "compiler/lower/ruleset.h"
#include "compiler/model/policy.h"

struct small {
	struct sources sources;
	struct policy policy;
	struct ruleset rs;
};

/* TEXT NULL: no file. */
void small_client(struct small *s, const char *name, const char *text);
void small_vpn(struct small *s, const char *dev, bool tap);
/* The vpn added last, whose dev is a pattern, has the interface NAME. */
void small_dev(struct small *s, const char *name);
/* Of SERVER; or of the first vpn. */
void small_address_at(struct small *s, const char *name, const char *addr,
		      const char *server);
void small_address(struct small *s, const char *name, const char *addr);
void small_resolve(struct small *s);
void small_end(struct small *s);

/* Also frees TEXT, and shows it where they differ. */
void small_assert_text(char *text, const char *wanted);
