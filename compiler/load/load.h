/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files -> policy: the .pf files, the client-config-dirs and ipp.txt files of
 * all servers and ipsec sections.
 *
 *	load_policy		reads; all clients that files name
 *	policy_add_client	for names that only live bindings have
 *	load_bind		sorts the clients, binds static addresses
 *	policy_bind		live addresses
 *	policy_resolve
 *
 * DEFAULT.pf is the file of a client of that name, as any other.  Where the
 * configuration has default-policy, it is that of all who have no file, too,
 * and by itself makes no client.
 *
 * A struct load owns what the policy borrows (all text, groups), so it must
 * outlive the policy.  All zero is a good beginning.
 */
#pragma once

#include "compiler/conf/conf.h"
#include "compiler/model/policy.h"
#include "compiler/openvpn/ccd.h"

/* A static address whose client has no index yet. */
struct load_address {
	struct str name;
	struct binding binding;
};

/* A file that could not be read: IN's ccd file of NAME, or (IN NULL) a .pf
 * file. */
struct load_unread {
	const struct instance *in;
	struct str name;
};

struct load {
	struct sources sources;
	struct conf conf;	/* from conf_load, unless the caller has one */
	struct groups groups;
	bool has_groups;	/* groups were read */
	bool openvpn_25;	/* refuse what OpenVPN 2.5 would refuse */
	/* For who only asks: addresses that may not be read are a warning, and
	 * what is wrong inside a .pf, ccd or ipp file is not said. */
	bool tolerant;
	const struct source *default_pf;	/* DEFAULT.pf, once read */
	VEC(struct load_address) addresses;
	VEC(struct load_unread) unread;
	void *kinds;		/* texts of .pf files, see client.kind */
	unsigned int n_kinds;
};

/* Also ends l->conf. */
void load_fini(struct load *l);

/*
 * Read everything; *out is all zero before and ended with policy_fini whatever
 * is returned.  Fills in clients (each with state and file) and vpns, and
 * keeps the addresses for load_bind.
 *
 * A bad .pf file, or a file that cannot be read, is said, counts as an error of
 * D and makes its client CLIENT_BAD_FILE, but the return value is 0; what could
 * not be read is in l->unread.  l->sources has seen all that was read, but the
 * .pf and ccd files that stand in their folders themselves.  Returns -errno (said) when
 * something that concerns everybody cannot be read (folder of policies, groups,
 * ccd folder, ipp.txt unless tolerant), -EINVAL when the groups are wrong or a
 * static address lies outside of its ipsec section's networks.
 */
int load_policy(struct load *l, const struct conf *conf, struct policy *out,
		struct diag *d);

/* Sort the clients, read the files of those that came later, bind what ccd and
 * ipp.txt say.  Returns as load_policy. */
int load_bind(struct load *l, const struct conf *conf, struct policy *p,
	      struct diag *d);

/*
 * Just one client's .pf file (or DEFAULT.pf) into *out: name (not copied),
 * state, pf, file.  Errors as above.  A name that no file can have: no file.
 */
int load_client(struct load *l, const struct conf *conf, struct str name,
		struct client *out, struct diag *d);

/*
 * What the file of the client NAME in IN's client-config-dir says, *out, which
 * is empty where there is no such file; end with ccd_fini.  0, or -errno (said)
 * when the file, or one that it includes, cannot be read.
 */
int load_ccd(struct load *l, const struct instance *in, struct str name,
	     struct ccd *out, struct diag *d);
