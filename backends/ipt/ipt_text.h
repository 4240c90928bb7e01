/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules as text: what iptables-legacy-restore --noflush and then
 * ip6tables-legacy-restore --noflush read.  It is made of the entries that a
 * commit would take, and is letter for letter what iptables-legacy-save shows
 * of our chains then, but for lines of "#", which hold the rules' places.
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

/* "-A CHAIN -s 10.8.0.2/32 -j DROP", no newline; ENTRY is one of
 * ipt_entry_build. */
void ipt_text_rule(struct ipt_ext *x, unsigned int family, const char *chain,
		   const void *entry, FILE *out);
