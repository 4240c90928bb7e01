/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls of OpenVPN's, strongSwan's and racoon's hooks: changes of
 * addresses.
 */
#pragma once

#include "cli/sync/sync.h"

struct hook_call {
	struct sync sync;
	struct str name;		/* common name; empty for a delete */
	const char *addr4, *addr6;	/* from the environment, or NULL */
	/* The calling server, found by --instance, its configuration or its
	 * device; NULL: not known. IPsec: see hook_find_section. */
	const struct instance *instance;
	bool uncovered;			/* hook_apply is due */
	const char *claims;		/* the interface that the server has, as
					 * the rules do not know; or NULL */
};

/* NAME is refused if it is NULL or no client can have it. 0 or -errno
 * (reported); end with hook_close in both cases. */
int hook_open(struct cli *cli, const char *name, struct hook_call *h);
/* R is what the hook did: 0 or -errno (reported). Returned is R, or if it is 0,
 * whether rules are loaded now: see sync_enforce. */
int hook_close(struct hook_call *h, int r);

/*
 * May the calling server have clients?  0; -EACCES (reported): it is bad, has
 * client-to-client, is not known, or its clients are on an interface that is
 * not its section's; or another -errno (reported).  Sets uncovered.
 */
int hook_check_server(struct hook_call *h);

/*
 * Read the client's file into C, which is ended with pffile_fini.  Without a
 * policy directory there is no file.  0 or -errno (reported).
 */
int hook_load_client(struct hook_call *h, struct client *c);
/* May C, which hook_load_client has read, connect with no rights? */
bool hook_is_spared(struct hook_call *h, const struct client *c);

/* Check the address that OpenVPN assigns, after hook_check_server. 0, or -errno
 * (reported): it is not that of the client's ccd file, is not the server's to
 * give, or the ccd file cannot be read. */
int hook_check_address(struct hook_call *h);

/*
 * Give ADDR (an address, a prefix or a hardware address; NULL: nothing to do)
 * to the client, and take it from other clients. UPDATE: OpenVPN reports that
 * it had an owner before.
 */
int hook_add(struct hook_call *h, const char *addr, bool update);
/* Remove the owner of ADDR; unless this call is late, about the owner before
 * the present one. */
int hook_remove(struct hook_call *h, const char *addr);
/* The client has disconnected: remove its addresses of the environment and, if
 * it has no other session on this server, its other addresses there. */
int hook_disconnect(struct hook_call *h);

/*
 * IPsec. The daemon has authenticated the client, and a hook cannot prevent the
 * tunnel: a closed client also gets its address, with nothing allowed, and
 * -EACCES (reported) is returned.
 */

/*
 * Find the ipsec section: that of --instance, else the one whose networks
 * contain TEXT (an address or a prefix, *addr). 0, or -EINVAL (reported): not
 * in its networks.
 */
int hook_find_section(struct hook_call *h, const char *text,
		      struct endpoint *addr);

/* Count one more "up" of ADDR, through a tunnel of the client whose policies
 * have REQID (0: not known). */
int hook_up(struct hook_call *h, const struct endpoint *addr, uint32_t reqid);
/* Count one less; a call for another client or tunnel is late and is
 * ignored. */
int hook_down(struct hook_call *h, const struct endpoint *addr, uint32_t reqid);
/* Remove all tunnels of the section of --instance, or of all sections. */
int hook_reset(struct hook_call *h);
