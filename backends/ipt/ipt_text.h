/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules as text for iptables-legacy-restore --noflush and then
 * ip6tables-legacy-restore --noflush.  The text is made from the entries of a
 * commit, and is equal to the output of iptables-legacy-save for our chains,
 * except for the lines with "#", which have the places of the rules.
 */
#pragma once

#include <stdio.h>

#include "compiler/base/diag.h"
#include "compiler/lower/ruleset.h"

/* backend.print */
int ipt_text_print(const struct ruleset *rs, const char *state,
		   const char *const *names, size_t n, FILE *out,
		   struct diag *d);

struct ipt_ext;

/* Print "-A CHAIN -s 10.8.0.2/32 -j DROP" without a newline; ENTRY is from
 * ipt_entry_build. */
void ipt_text_rule(struct ipt_ext *x, unsigned int family, const char *chain,
		   const void *entry, FILE *out);
