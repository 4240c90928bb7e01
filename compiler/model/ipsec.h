/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPsec clients: the tunnels of an ipsec section of the configuration.
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/base/prefix.h"

struct ipsec {
	struct prefix local;	/* tunnel endpoint of this host, a host */
	VEC(struct prefix) clients;	/* networks of the inner addresses, of
					 * both families; no overlaps */
	bool ike;		/* accept udp 500, 4500 and ESP to and from
				 * LOCAL on the interface */
	/* places in the configuration; none in a policy */
	struct loc local_at;
	VEC(struct loc) clients_at;
};

void ipsec_free(struct ipsec *ipsec);	/* may be NULL */
/* Is NET inside one of the clients' networks? */
bool ipsec_holds(const struct ipsec *ipsec, const struct prefix *net);
