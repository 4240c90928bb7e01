/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a resolved policy means, seen by somebody who knows how it goes wrong:
 * named checks over the model and the servers' configuration.  They change
 * nothing; errors, warnings and (with -v) infos go to the diag.
 */
#pragma once

#include "compiler/conf/conf.h"
#include "compiler/model/policy.h"

/* An earlier instance with the same interface, where that is one too many; or
 * NULL. */
const struct instance *check_shares_with(const struct conf *conf,
					 const struct instance *in);

/* The server from whose pool others may get the ccd address of B, or NULL. */
const struct instance *check_pool_of(const struct conf *conf,
				     const struct binding *b);

/*
 *	client-to-client	a server with it routes between clients itself:
 *				error
 *	shared-interface	two servers with one dev, or one with the
 *				outside interface of IPsec: warning
 *	address-in-pool		a ccd address that the pool may give to another
 *				client: warning
 *	no-file			a client without one: warning
 *	no-address		a client of whom no address is known: info
 *	unknown-name		a name in [CLIENTS] that no client has: info,
 *				once a name
 */
void check_policy(const struct conf *conf, const struct policy *p,
		  struct diag *d);
