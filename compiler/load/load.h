/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load a policy from files: the .pf files, and the client-config-dirs and
 * ipp.txt files of all servers and ipsec sections.  The steps are
 *
 *	policy_add_client	for clients that have live bindings
 *	load_policy		read files; adds the clients in the files
 *	load_bind		sort the clients, bind static addresses
 *	policy_bind		live addresses
 *	policy_resolve
 *
 * DEFAULT.pf is the file of a client "DEFAULT".  With default-policy in the
 * configuration, DEFAULT.pf is also the policy of all clients without a file,
 * and does not add a client.
 *
 * A struct load owns the memory that the policy borrows (text, groups), so it
 * must outlive the policy.  Begin with all zero.
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

/* An unreadable file: IN's ccd file of NAME; if NAME is empty, IN's whole
 * client-config-dir, or (SOURCE is BINDING_IPP) its ipp.txt; IN NULL: a .pf
 * file. */
struct load_unread {
	const struct instance *in;
	enum binding_source source;
	struct str name;
};

struct load {
	struct sources sources;
	struct conf conf;	/* from conf_load, unless the caller has one */
	struct groups groups;
	bool has_groups;	/* groups were read */
	bool openvpn_25;	/* refuse the extensions, as OpenVPN 2.5 does */
	/* for queries: files of addresses that cannot be read are a warning,
	 * and errors inside a .pf, ccd or ipp file are not reported */
	bool tolerant;
	/* for answers: the addresses of bad instances are read, too, and nothing
	 * is reported of them */
	bool asked;
	const struct source *default_pf;	/* DEFAULT.pf, after reading */
	VEC(struct load_address) addresses;
	VEC(struct load_unread) unread;
	void *kinds;		/* texts of .pf files, see client.kind */
	unsigned int n_kinds;
};

/* Also frees l->conf. */
void load_fini(struct load *l);

/*
 * Read all files.  *out has the clients with live bindings, and no others; end
 * with policy_fini in any case.  Sets clients (with state and file) and vpns,
 * and keeps the addresses for load_bind.  Of a bad instance nothing is read,
 * unless ASKED.
 *
 * A bad or unreadable .pf file makes its client CLIENT_BAD_FILE.  It is an
 * error of D, as are an unreadable ccd file, client-config-dir or ipp.txt, and
 * an address outside the networks of its ipsec section, but the return value is
 * 0; unreadable files are in l->unread.  l->sources.seen has all files that
 * were read, except .pf and ccd files that are not links.
 *
 * Returns -errno (reported) when a file that concerns all clients cannot be
 * read: the policy directory, or groups.  -EINVAL (reported): the groups are
 * wrong.
 */
int load_policy(struct load *l, const struct conf *conf, struct policy *out,
		struct diag *d);

/* The interfaces of CONF, for a policy: those of bad instances are shut. */
void load_vpns(const struct conf *conf, struct policy *p);

/* Sort the clients, read the .pf files of clients added after load_policy, bind
 * the addresses of ccd and ipp.txt files.  Returns as load_policy. */
int load_bind(struct load *l, const struct conf *conf, struct policy *p,
	      struct diag *d);

/*
 * Read the .pf file (or DEFAULT.pf) of one client into *out: name (not copied),
 * state, pf, file.  Errors as for load_policy.  A NAME that no file can have is
 * CLIENT_NO_FILE.
 */
int load_client(struct load *l, const struct conf *conf, struct str name,
		struct client *out, struct diag *d);
/* The same without groups: a file with groups is CLIENT_BAD_FILE. */
int load_client_alone(struct load *l, const struct conf *conf, struct str name,
		      struct client *out, struct diag *d);

/* Report the errors of C's file, which is bad, again. Nothing if it could not
 * be read. */
void load_say_bad(struct load *l, const struct client *c, struct diag *d);

/*
 * Read the file of client NAME in IN's client-config-dir into *out, which is
 * empty if there is no such file; end with ccd_fini.  0, or -errno (reported)
 * when the file or an include cannot be read.
 */
int load_ccd(struct load *l, const struct instance *in, struct str name,
	     struct ccd *out, struct diag *d);
