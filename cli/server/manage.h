/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenVPN's management interface, over TCP or a unix socket.  The server serves
 * one of those who connect to it at a time, lets the others wait without a
 * word, and says nothing at all while it waits for a hook: so a conversation
 * has MANAGE_SECONDS, connecting included, and a hook must not begin one.
 * Says nothing to the user; what goes wrong is an -errno: manage_strerror.
 */
#pragma once

#include "compiler/conf/conf.h"

#define MANAGE_SECONDS 2

struct manage;

/* Connect to IN's interface, give the password.  End with manage_close if it
 * was 0. */
int manage_open(const struct instance *in, struct manage **out);
void manage_close(struct manage *m);

/* What it says to "status 3", as a source of SET called NAME. */
int manage_status(struct manage *m, struct sources *set, const char *name,
		  const struct source **out);

/* End the connection with this client id; the client does not come back by
 * itself.  -ENOENT: there is none. */
int manage_kill(struct manage *m, uint32_t id);

const char *manage_strerror(int error);
