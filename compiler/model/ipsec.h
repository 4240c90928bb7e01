/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients that come through IPsec: what an ipsec section of the configuration
 * says of their tunnels.
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/base/prefix.h"

struct ipsec {
	struct prefix local;	/* our public address, a host */
	VEC(struct prefix) clients;	/* where their inner addresses are; both
					 * families, none overlaps another's */
	bool ike;		/* let udp 500, 4500 and ESP to and from LOCAL
				 * pass on the interface */
	/* where they stand in the configuration; none in a policy */
	struct loc local_at;
	VEC(struct loc) clients_at;
};

void ipsec_free(struct ipsec *ipsec);	/* or NULL */
/* Is NET one of the clients' networks, or within one? */
bool ipsec_holds(const struct ipsec *ipsec, const struct prefix *net);
