/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A state folder of its own for a test, and the policy that is left in it.
 */
#pragma once

#include "compiler/lower/lower_nft.h"
#include "compiler/state/live.h"

struct state_dir {
	char dir[64];
	struct sources sources;
	struct policy policy;
	struct ruleset rs;		/* lowered by state_dir_leave */
	VEC(struct binding) statics;
	struct diag silent;
};

/* cmocka's: *state is the struct state_dir. */
int state_dir_set_up(void **state);
int state_dir_tear_down(void **state);

/* Names of files are those in the folder. */
char *state_dir_path(const struct state_dir *f, const char *name);
void state_dir_remove(const struct state_dir *f, const char *name);
bool state_dir_has(const struct state_dir *f, const char *name);
char *state_dir_text(const struct state_dir *f, const char *name);
void state_dir_put(const struct state_dir *f, const char *name,
		     const char *text);
/* The lines of TEXT as state_write would write them. */
void state_dir_write(const struct state_dir *f, const char *name,
		     const char *text);

/* TEXT NULL: the client has no file.  policy_sort, then addresses. */
struct client *state_dir_add(struct state_dir *f, const char *name,
			       const char *text);
void state_dir_bind(struct state_dir *f, const char *name,
		      const char *addr, enum binding_source source);
void state_dir_add_vpn(struct state_dir *f, const char *dev, bool tap);

/* Compile, and leave it as apply does. */
void state_dir_leave(struct state_dir *f);

/* a and c have equal files, b another; d to f are closed.  10.8.0.2 is a's by
 * ccd and c's by ipp.txt, 10.8.0.3 b's. */
#define STATE_PLACE_FILE "[CLIENTS DROP]\n+b\n[SUBNETS DROP]\n[END]\n"
void state_dir_leave_six(struct state_dir *f);

void state_dir_open(struct state_dir *f, struct state *s);
void state_dir_read(struct state_dir *f, struct state *s);
