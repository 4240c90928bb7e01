/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parser of ifconfig-pool-persist (ipp.txt) of OpenVPN 2.4, 2.5 and 2.6: names
 * and addresses.  Lines are split from the right: a name may contain commas.
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/base/prefix.h"
#include "compiler/openvpn/topology.h"

struct ipp_entry {
	struct str name;
	struct prefix net;	/* a host: the client's own address; under
				 * net30 the file's base of the /30, plus 2 */
	struct loc at;
};

struct ipp {
	VEC(struct ipp_entry) list;	/* one per address, in file order */
};

/* Skips lines that are wrong with a warning, as OpenVPN does; of two lines with
 * the same address the last counts.  End with ipp_fini. */
void ipp_parse(const struct source *src, enum topology topology,
	       struct ipp *out, struct diag *d);
void ipp_fini(struct ipp *ipp);

/* Has a line of SRC an IPv4 address that a server with topology net30 does not
 * write, which writes the first of a /30 for each client? */
bool ipp_is_no_net30(const struct source *src);
