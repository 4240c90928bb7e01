/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPsec clients: the tunnels of an ipsec section of the configuration.  Packets
 * are known by the policy that they came through, on whatever interface.
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/base/prefix.h"

/* VEC(struct prefix) with a name. */
struct prefixes {
	struct prefix *v;
	size_t n, room;
};

struct ipsec {
	struct prefixes ends;	/* tunnel endpoints of this host, hosts */
	struct prefixes clients;	/* networks of the inner addresses, of
					 * both families; no overlaps */
	struct texts devs;	/* where IKE passes; none: anywhere */
	struct texts inside;	/* interfaces where an address of the clients'
				 * networks without a tunnel is not ours to
				 * judge */
	/* xfrm interfaces of the tunnels: what leaves by one is in a tunnel, and
	 * meets the rules once more below it */
	struct texts xfrm;
	bool ike;		/* accept udp 500, 4500 and ESP to and from
				 * ENDS on DEVS */
	bool site_to_site;	/* addresses outside of the clients' networks
				 * may use tunnels of ENDS */
	/* places in the configuration; none in a policy */
	VEC(struct loc) ends_at;
	VEC(struct loc) clients_at;
};

void ipsec_free(struct ipsec *ipsec);	/* may be NULL */
/* A copy without places; NULL of NULL. */
struct ipsec *ipsec_copy(const struct ipsec *ipsec);
/* Is NET inside one of the clients' networks? */
bool ipsec_holds(const struct ipsec *ipsec, const struct prefix *net);
/* Is END one of the tunnel endpoints? */
bool ipsec_ends_at(const struct ipsec *ipsec, const struct prefix *end);
/* Has it networks and endpoints of FAMILY? */
bool ipsec_has_family(const struct ipsec *ipsec, unsigned int family);
