/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of load.c that reads the files of static addresses; for the files of
 * this room only.
 */
#pragma once

#include "compiler/base/names.h"
#include "compiler/load/load.h"
#include "compiler/load/passed_over.h"

/* The reading of one server's client-config-dir or ipp.txt. */
struct load_addr {
	struct load *l;
	const struct instance *in;
	const struct passed_over *passed;
	bool alone;			/* the only server: show short paths */
	struct policy *p;
	struct diag *d;
	struct diag *inside;		/* for errors inside the files */
	struct names disabled;		/* clients that OpenVPN refuses */
};

/*
 * Read the client-config-dirs and ipp.txt files of all servers: adds names to
 * P, which has the clients of the .pf files and of live bindings, and addresses
 * to l->addresses.  Errors are reported, and concern one server or file only:
 * see load_policy.
 */
void load_addr_read(struct load *l, const struct conf *conf, struct policy *p,
		    struct diag *d);

/* Give NET to client NAME, whose line is AT. */
void load_addr_add(struct load_addr *a, struct str name,
		   enum binding_source source, const struct prefix *net,
		   struct loc at);

/* PATH for messages: only its last part if the server is ALONE. */
const char *load_addr_shown(bool alone, const char *path);
