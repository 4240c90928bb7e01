/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of chains.  In a ruleset a name begins with the family, "ip/" or
 * "ip6/"; the rest, the label, is the name in ip_tables or ip6_tables.
 */
#pragma once

#include "compiler/lower/ruleset.h"

/* "ip" or "ip6", as in names of chains and of tools. */
const char *ipt_chain_family(unsigned int family);
/* Is NAME a chain of the family? */
bool ipt_chain_is_of(unsigned int family, const char *name);
/* "ip6/VPNPF-FROM" -> "VPNPF-FROM". */
const char *ipt_chain_label(const char *name);

/* Is the chain ours: does LABEL begin with "VPNPF-" or "VP", a letter, "-"? */
bool ipt_chain_is_ours(const char *label);
/* The kernel's chain that jumps to chain LABEL, FORWARD for VPNPF-FORWARD;
 * NULL: none.  And the hook of this chain. */
const char *ipt_chain_hook(const char *label);
enum hook ipt_chain_hook_kind(const char *label);

/* The kernel's chains with a policy, of all tables, by number; NULL past the
 * last. */
const char *ipt_chain_builtin(unsigned int i);

/* The state chain: no rule refers to it, and the comment of its only rule is
 * the state's text.  It is in ip_tables only, and in no lowered ruleset. */
#define IPT_STATE_CHAIN "VPNPF-STATE"

/* Make the state chain, as the only chain of RS. */
void ipt_chain_state(struct ruleset *rs, const char *text);
