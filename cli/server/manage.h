/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenVPN's management interface, over TCP or a unix socket. The server serves
 * one connection at a time; other connections wait without an answer. It does
 * not answer while it waits for a hook: so connect and status are limited to
 * MANAGE_SECONDS, each kill as well, and a hook must not begin a session. Prints
 * no messages; errors are -errno, with manage_strerror for the text.
 */
#pragma once

#include "compiler/conf/conf.h"
#include "compiler/openvpn/ovstatus.h"

#define MANAGE_SECONDS 2

struct manage;

/* Connect to IN's interface and send the password. 0 or -errno; end with
 * manage_close if it was 0. */
int manage_open(const struct instance *in, struct manage **out);
void manage_close(struct manage *m);

/* Get the answer to "status 3", as a source of SET with the name NAME. */
int manage_status(struct manage *m, struct sources *set, const char *name,
		  const struct source **out);

/*
 * End the connection C of the last status: all connections of its name, or this
 * one if OpenVPN cannot be told the name.  The client is told nothing and
 * notices it by its ping-restart, or over TCP at once.  Without a name and an
 * IPv4 address the server ends it only after 5 seconds, and tells the client
 * "INFO", which means nothing.  -ENOENT: no such connection.
 */
int manage_kill(struct manage *m, const struct ovstatus_client *c);

const char *manage_strerror(int error);
