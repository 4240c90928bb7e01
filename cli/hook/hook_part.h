/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hook.c (OpenVPN) and hook_ipsec.c share; nobody else includes this.
 */
#pragma once

#include "cli/hook/hook.h"

/* The name under which H's server stands in the tables. */
const char *hook_server(const struct hook_call *h);

/*
 * The client's file as it is now.  CHANGED: it is not what was compiled.  A bad
 * one leaves what was compiled before in force.  0; -EACCES (said) when the
 * client is closed; another -errno (said) when nobody can tell.
 */
int hook_updated_client(struct hook_call *h, struct client *c, bool *changed);

/* Who has ADDR, by whatever source. */
void hook_add_owners(struct hook_call *h, const struct endpoint *addr,
		     struct affected *c);

/* Take the live binding away if it is this server's. */
void hook_remove_live(struct hook_call *h, struct live live,
		      struct affected *c);

/* sync_clients for C, which it ends; nothing to do without names. */
int hook_sync(struct hook_call *h, struct affected *c, struct client *updated);
