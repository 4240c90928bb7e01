/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of chains: in a ruleset they begin with their family, "ip/" or "ip6/";
 * in the tables of ip_tables and ip6_tables what follows is the name.
 */
#pragma once

#include "compiler/lower/ruleset.h"

/* "ip" or "ip6", as names begin and the tools are called. */
const char *ipt_chain_family(unsigned int family);
/* Is it a chain of that family's? */
bool ipt_chain_is_of(unsigned int family, const char *name);
/* "ip6/VPNPF-FROM" -> "VPNPF-FROM". */
const char *ipt_chain_label(const char *name);

/* Of labels.  Is the chain ours: "VPNPF-" or "VP", a letter, "-" begin it? */
bool ipt_chain_is_ours(const char *label);
/* The kernel's chain that shall jump to it: FORWARD for VPNPF-FORWARD; NULL:
 * none.  And the hook of that. */
const char *ipt_chain_hook(const char *label);
enum hook ipt_chain_hook_kind(const char *label);

/* The chain of the state: nobody refers to it, its only rule's comment is the
 * state's text.  In ip_tables only, and in no lowered ruleset. */
#define IPT_STATE_CHAIN "VPNPF-STATE"

/* That chain, as the only one of RS. */
void ipt_chain_state(struct ruleset *rs, const char *text);
