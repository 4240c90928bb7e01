/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A state folder of its own for a test, and the policy that is left in it.
 */
#pragma once

#include "compiler/lower.h"
#include "compiler/state.h"

struct state_place {
	char dir[64];
	struct sources sources;
	struct policy policy;
	struct ruleset rs;		/* lowered by state_place_leave */
	VEC(struct binding) statics;
	struct diag silent;
};

/* cmocka's: *state is the struct state_place. */
int state_place_set_up(void **state);
int state_place_tear_down(void **state);

/* Names of files are those in the folder. */
char *state_place_path(const struct state_place *f, const char *name);
void state_place_remove(const struct state_place *f, const char *name);
bool state_place_has(const struct state_place *f, const char *name);
char *state_place_text(const struct state_place *f, const char *name);
void state_place_put(const struct state_place *f, const char *name,
		     const char *text);

/* TEXT NULL: the client has no file.  policy_sort, then addresses. */
struct client *state_place_add(struct state_place *f, const char *name,
			       const char *text);
void state_place_bind(struct state_place *f, const char *name,
		      const char *addr, enum binding_source source);
void state_place_add_vpn(struct state_place *f, const char *dev, bool tap);

/* Compile, and leave it as apply does. */
void state_place_leave(struct state_place *f);

/* a and c have equal files, b another; d to f are closed.  10.8.0.2 is a's by
 * ccd and c's by ipp.txt, 10.8.0.3 b's. */
#define STATE_PLACE_FILE "[CLIENTS DROP]\n+b\n[SUBNETS DROP]\n[END]\n"
void state_place_leave_six(struct state_place *f);

void state_place_open(struct state_place *f, struct state *s);
void state_place_read(struct state_place *f, struct state *s);
