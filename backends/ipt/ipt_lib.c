/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_lib.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

struct symbol {
	const char *name;
	size_t at;
};

#define XT(symbol, field) { symbol, offsetof(struct ipt_xt, field) }
#define XT_FN(field) XT("xtables_" #field, field)

static const struct symbol xt_symbols[] = {
	XT_FN(init_all),
	XT_FN(set_nfproto),
	XT_FN(load_ko),
	XT_FN(find_match),
	XT_FN(find_match_revision),
	XT_FN(options_xfrm),
	XT_FN(merge_options),
	XT_FN(option_mpcall),
	XT_FN(option_mfcall),
	XT_FN(find_target),
	XT_FN(option_tpcall),
	XT_FN(option_tfcall),
	XT_FN(matches),
	XT_FN(targets),
	XT_FN(chain_protos),
	{ 0 },
};

#define TC(field) { #field, offsetof(struct ipt_tc, field) }

static const struct symbol tc_symbols[] = {
	TC(init),
	TC(free),
	TC(first_chain),
	TC(next_chain),
	TC(first_rule),
	TC(next_rule),
	TC(get_target),
	TC(get_policy),
	TC(set_policy),
	TC(is_chain),
	TC(create_chain),
	TC(delete_chain),
	TC(flush_entries),
	TC(append_entry),
	TC(insert_entry),
	TC(replace_entry),
	TC(delete_num_entry),
	TC(commit),
	TC(strerror),
	{ 0 },
};

static int say_missing(struct diag *d)
{
	const char *why = dlerror();

	return diag_error(d, LOC_NONE, -ENOPKG,
			  "iptables-legacy needs the package iptables: %s",
			  why ? why : "a library is missing");
}

/* Load all symbols of the library FILE into the struct OUT. */
static int open_one(const char *file, const char *prefix,
		    const struct symbol *s, void *out, struct diag *d)
{
	/* global: extensions need the symbols of libxtables */
	void *handle = dlopen(file, RTLD_NOW | RTLD_GLOBAL), *address;
	char name[64];

	if (!handle)
		return say_missing(d);
	for (; s->name; s++) {
		snprintf(name, sizeof(name), "%s%s", prefix, s->name);
		address = dlsym(handle, name);
		if (!address)
			return say_missing(d);
		*(void **)((char *)out + s->at) = address;
	}
	return 0;
}

int ipt_lib_open(struct ipt_lib *lib, struct diag *d)
{
	int r = open_one(XTABLES_VERSION, "", xt_symbols, &lib->xt, d);

	if (!r)
		r = open_one("libip4tc.so.2", "iptc_", tc_symbols,
			     &lib->tc[FAMILY_IP4], d);
	if (!r)
		r = open_one("libip6tc.so.2", "ip6tc_", tc_symbols,
			     &lib->tc[FAMILY_IP6], d);
	return r;
}
