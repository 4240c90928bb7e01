/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libxtables, libip4tc and libip6tc, opened when they are needed: linked, they
 * would cost each start of the program 0.2 ms, also for a hook of the nftables
 * backend.  They stay open until the program ends.
 */
#pragma once

#include <getopt.h>
#include <net/if.h>

#include <libiptc/libiptc.h>
#include <xtables.h>

#include "compiler/base/diag.h"
#include "compiler/base/prefix.h"

/* A function of the library, with the prototype of its header. */
#define IPT_FN(function) __typeof__(function) *

struct ipt_xt {
	IPT_FN(xtables_init_all) init_all;
	IPT_FN(xtables_set_nfproto) set_nfproto;
	IPT_FN(xtables_load_ko) load_ko;
	IPT_FN(xtables_find_match) find_match;
	IPT_FN(xtables_find_match_revision) find_match_revision;
	IPT_FN(xtables_options_xfrm) options_xfrm;
	IPT_FN(xtables_merge_options) merge_options;
	IPT_FN(xtables_option_mpcall) option_mpcall;
	IPT_FN(xtables_option_mfcall) option_mfcall;
	IPT_FN(xtables_find_target) find_target;
	IPT_FN(xtables_option_tpcall) option_tpcall;
	IPT_FN(xtables_option_tfcall) option_tfcall;
	struct xtables_match **matches;
	struct xtables_target **targets;
	const struct xtables_pprot *chain_protos;
};

/* libip4tc, or libip6tc, whose entries are struct ip6t_entry. */
struct ipt_tc {
	IPT_FN(iptc_init) init;
	IPT_FN(iptc_free) free;
	IPT_FN(iptc_first_chain) first_chain;
	IPT_FN(iptc_next_chain) next_chain;
	IPT_FN(iptc_first_rule) first_rule;
	IPT_FN(iptc_next_rule) next_rule;
	IPT_FN(iptc_get_target) get_target;
	IPT_FN(iptc_get_policy) get_policy;
	IPT_FN(iptc_set_policy) set_policy;
	IPT_FN(iptc_is_chain) is_chain;
	IPT_FN(iptc_create_chain) create_chain;
	IPT_FN(iptc_delete_chain) delete_chain;
	IPT_FN(iptc_flush_entries) flush_entries;
	IPT_FN(iptc_append_entry) append_entry;
	IPT_FN(iptc_insert_entry) insert_entry;
	IPT_FN(iptc_replace_entry) replace_entry;
	IPT_FN(iptc_delete_num_entry) delete_num_entry;
	IPT_FN(iptc_commit) commit;
	IPT_FN(iptc_strerror) strerror;
};

struct ipt_lib {
	struct ipt_xt xt;
	struct ipt_tc tc[2];	/* by enum family */
};

/* 0 or -ENOPKG (said, with the missing library). */
int ipt_lib_open(struct ipt_lib *lib, struct diag *d);
