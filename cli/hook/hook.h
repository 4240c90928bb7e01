/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens to addresses when OpenVPN, strongSwan or racoon tell of them.
 */
#pragma once

#include "cli/sync/sync.h"

struct hook_call {
	struct sync sync;
	struct str name;		/* common name; empty for a delete */
	const char *addr4, *addr6;	/* of the environment, or NULL */
	/* the server that calls: by --instance, its configuration or device;
	 * NULL: cannot be told.  IPsec: see hook_find_section */
	const struct instance *instance;
};

/* NAME: NULL or what no client can be called is refused.  End with hook_close
 * whatever is returned: 0 or -errno (said). */
int hook_open(struct cli *cli, const char *name, struct hook_call *h);
void hook_close(struct hook_call *h);

/* Does the address that OpenVPN gives contradict client-config-dir, or can that
 * not be read?  0, or -errno (said). */
int hook_check_address(struct hook_call *h);

/* ADDR (an address, a prefix or a hardware address; NULL: nothing to do) is
 * the client's from now on, and no longer anybody else's.  UPDATE: OpenVPN says
 * that somebody had it before. */
int hook_add(struct hook_call *h, const char *addr, bool update);
/* Nobody has ADDR any more; or this comes late, and tells of the one before
 * who has it now. */
int hook_remove(struct hook_call *h, const char *addr);
/* The client has gone: its addresses of the environment, and when it has no
 * other session on this server what else it had there. */
int hook_disconnect(struct hook_call *h);

/*
 * IPsec.  The daemon has authenticated the client, and the tunnel is there
 * whatever a hook says: who is closed gets his address as everybody, with
 * nothing allowed, and -EACCES (said) is returned.
 */

/* The ipsec section of --instance, else the one that TEXT (an address or a
 * prefix, *addr) belongs to.  0, or -EINVAL (said): none of its networks. */
int hook_find_section(struct hook_call *h, const char *text,
		      struct endpoint *addr);

/* ADDR comes through a tunnel of the client whose policies have REQID (0: not
 * known), once more than before. */
int hook_up(struct hook_call *h, const struct endpoint *addr, uint32_t reqid);
/* Once less; what tells of another client or tunnel comes late and is
 * nothing. */
int hook_down(struct hook_call *h, const struct endpoint *addr, uint32_t reqid);
/* There are no tunnels of the section of --instance, or of all sections. */
int hook_reset(struct hook_call *h);
