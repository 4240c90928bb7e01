/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single matches and targets, built and printed by libxtables' extensions.
 * Each is parsed with its own table of options, like the only match of a
 * command.
 *
 * libxtables has global variables, so there is only one struct ipt_ext at a
 * time.
 */
#pragma once

#include "backends/ipt/ipt_lib.h"
#include "compiler/lower/ruleset.h"

struct ipt_ext;

/* LIB must outlive the result. */
struct ipt_ext *ipt_ext_new(const struct ipt_lib *lib);
void ipt_ext_free(struct ipt_ext *x);	/* or NULL */

/* The extension that a match needs: "tcp", "policy"; NULL: the match is a part
 * of every entry, or iptables has no such match. */
const char *ipt_ext_name(const struct match *m);

/*
 * Build the kernel's match of the N matches of RS from I on, which are of one
 * extension: source and destination port are one match there.  Lent until the
 * next call; the match is kept for other rules with an equal one, since parsing
 * costs microseconds.  NULL: said, with the place AT.
 */
const struct xt_entry_match *ipt_ext_build(struct ipt_ext *x,
					   unsigned int family,
					   const struct ruleset *rs,
					   unsigned int i, unsigned int n,
					   struct loc at, struct diag *d);

/* The target of a RULE_LOG; lent until the next call.  NULL: said. */
const struct xt_entry_target *ipt_ext_build_log(struct ipt_ext *x,
						unsigned int family,
						const struct rule *rule,
						struct diag *d);

/* The extension of a rule's target: "NFLOG"; NULL: the target is a verdict or a
 * chain. */
const char *ipt_ext_target_name(const struct rule *rule);

/* Print " -j NFLOG --nflog-group 5". */
void ipt_ext_print_target(struct ipt_ext *x, unsigned int family,
			  const void *head, const struct xt_entry_target *t,
			  FILE *out);

/* Print " -m tcp --dport 80"; HEAD is the entry's struct ipt_ip or ip6t_ip6. */
void ipt_ext_print(struct ipt_ext *x, unsigned int family, const void *head,
		   const struct xt_entry_match *m, FILE *out);

/* The name of a protocol as iptables-save prints it; NULL: it prints the
 * number. */
const char *ipt_ext_proto(const struct ipt_ext *x, unsigned int proto);

/* Load the module ip_tables or ip6_tables; true if it is loaded now. */
bool ipt_ext_load_module(struct ipt_ext *x, unsigned int family);
