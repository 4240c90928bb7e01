/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ruleset in which each kind of match and verdict of iptables occurs, in
 * both families, with odd names, for the tests of that backend.
 */
#pragma once

#include "compiler/lower/ruleset.h"

struct ipt_sample {
	struct sources sources;
	struct ruleset rs;
};

void ipt_sample_init(struct ipt_sample *s);
void ipt_sample_fini(struct ipt_sample *s);

/* The rules of the chains ip/VPp-sample and ip6/VPp-sample, as
 * iptables-legacy-save shows them; each ends in NULL. */
extern const char *const ipt_sample_text[2][32];

/* Of ip/VPp-sample other rules, by their places. */
void ipt_sample_change(struct ruleset *rs, unsigned int first,
		       unsigned int last);

/* A rule and its matches, for hand-made rulesets. */
void ipt_sample_rule(struct ruleset *rs, enum verdict_kind verdict,
		     const char *target);
void ipt_sample_addr(struct ruleset *rs, enum field field, const char *net);
void ipt_sample_port(struct ruleset *rs, unsigned int proto,
		     enum field field, unsigned int from, unsigned int to);
/* CLEAR, or with END (or NULL) and REQID (or 0). */
void ipt_sample_ipsec(struct ruleset *rs, enum field field, bool clear,
		      const char *end, uint32_t reqid);
void ipt_sample_name(struct ruleset *rs, enum match_kind kind,
		     const char *name);
