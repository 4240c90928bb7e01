/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single matches, built and shown by libxtables' extensions.  Each is parsed
 * with a table of options of its own, as if it were the only one of a command.
 *
 * libxtables keeps its state in variables of its own, and so there is one
 * struct ipt_ext at a time.
 */
#pragma once

#include "backends/ipt/ipt_lib.h"
#include "compiler/lower/ruleset.h"

struct ipt_ext;

/* LIB must outlive it. */
struct ipt_ext *ipt_ext_new(const struct ipt_lib *lib);
void ipt_ext_free(struct ipt_ext *x);	/* or NULL */

/* The extension that a match needs: "tcp", "policy"; NULL: none, it is part of
 * every entry, or iptables has no such. */
const char *ipt_ext_name(const struct match *m);

/*
 * N matches of RS from I on (of one extension) as the kernel has them: two of
 * ports are one there.  Lent until
 * the next call: what was built is kept for the next rule that has the same,
 * since parsing costs microseconds.  NULL: said, with the place AT.
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

/* The extension that is a rule's target: "NFLOG"; NULL: a verdict, a chain. */
const char *ipt_ext_target_name(const struct rule *rule);

/* " -j NFLOG --nflog-group 5" */
void ipt_ext_print_target(struct ipt_ext *x, unsigned int family,
			  const void *head, const struct xt_entry_target *t,
			  FILE *out);

/* " -m tcp --dport 80"; HEAD is the entry's part that holds addresses. */
void ipt_ext_print(struct ipt_ext *x, unsigned int family, const void *head,
		   const struct xt_entry_match *m, FILE *out);

/* The name of a protocol as iptables-save writes it; NULL: none, a number. */
const char *ipt_ext_proto(const struct ipt_ext *x, unsigned int proto);

/* Have ip_tables or ip6_tables loaded; true if it is there then. */
bool ipt_ext_load_module(struct ipt_ext *x, unsigned int family);
