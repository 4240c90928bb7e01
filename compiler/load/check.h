/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Named checks of a resolved policy and of the servers' configuration, for
 * common mistakes.  They change nothing; errors, warnings and (with -v) infos
 * go to the diag.
 */
#pragma once

#include "compiler/conf/conf.h"
#include "compiler/model/policy.h"

/* An earlier instance with the same interface, or that may have the same (dev
 * tun), or NULL.  Two ipsec sections may share an interface. */
const struct instance *check_shares_with(const struct conf *conf,
					 const struct instance *in);
/* This as a sentence, in TEXT. */
#define CHECK_TEXT 512
const char *check_shares_text(const struct instance *a,
			      const struct instance *b,
			      char text[static CHECK_TEXT]);

/* For check_overlap: the names of two servers, and an address. */
#define CHECK_OVERLAP \
	"the networks of \"%s\" and of \"%s\" overlap at %s: what both give to clients at once is nobody's"

/* Do the addresses of FAMILY of A and B, two OpenVPN servers, overlap?  *AT is
 * the first that both have. */
bool check_overlap(const struct instance *a, const struct instance *b,
		   unsigned int family, struct addr *at);

/* The server that may give the ccd address of B to another client from its
 * pool, or NULL. */
const struct instance *check_pool_of(const struct conf *conf,
				     const struct binding *b);

/* What is wrong with IN, which has no topology. */
const char *check_no_topology_text(const struct instance *in);

/* A server with client-to-client routes between clients itself: error. */
void check_client_to_client(const struct conf *conf, struct diag *d);

/*
 *	shared-interface	two servers with one dev, or that may have one
 *				(dev tun), or a server with the outside
 *				interface of IPsec: warning
 *	no-topology		the version of OpenVPN decides how addresses are
 *				assigned: warning
 *	networks-overlap	two servers that may give one address to two
 *				clients: warning
 *	address-in-pool		a ccd address that the pool may give to another
 *				client: a warning for all
 *	no-file			a client without a .pf file: warning
 *	no-address		a client without a known address: info
 *	unknown-name		a name in [CLIENTS] that no client has: info,
 *				once for each name
 */
void check_policy(const struct conf *conf, const struct policy *p,
		  struct diag *d);
