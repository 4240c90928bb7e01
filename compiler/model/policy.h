/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model: the clients, the policy of each client (from its .pf file) and the
 * bindings of addresses to clients.  Lowering and queries read the model.
 *
 * A policy has all clients, or, in a hook, only the clients that a change
 * affects; the functions here work on both.
 */
#pragma once

#include "compiler/base/endpoint.h"
#include "compiler/model/ipsec.h"
#include "compiler/model/rule_options.h"
#include "compiler/pf/pffile.h"

/* Source of a binding; a higher value overrides a lower one. */
enum binding_source {
	BINDING_IPP,
	BINDING_CCD,
	BINDING_LIVE,
};

enum client_state {
	CLIENT_OPEN,		/* has a policy */
	CLIENT_NO_FILE,		/* this and the next two: all is denied */
	CLIENT_BAD_FILE,
	CLIENT_KILL,
};

struct client {
	struct str name;
	enum client_state state;
	struct pffile pf;	/* if CLIENT_OPEN */
	const char *policy_chain;	/* "p/<hash>", set by lowering; lent by
					 * the ruleset */
	const struct source *file;	/* NULL: none */
	unsigned int kind;	/* clients of one kind have files with the same
				 * text; 0: not known */
	bool affected;		/* for lower_nft_affected */
	bool kept;		/* FILE is bad: these are the previous rules */
	const struct shut *shut;	/* of the policy, set by shut_mark: the
					 * client is at this server only; or
					 * NULL */
};

struct binding {
	struct prefix net;
	unsigned int client;	/* index into clients */
	enum binding_source source;
	struct str instance;	/* the server it belongs to */
	struct loc at;		/* in ccd or ipp.txt; live has none */
	uint32_t reqid;		/* IPsec: of the tunnel; 0: not known */
	bool doubtful;		/* another client, who may be missing here, has
				 * the prefix in the same source; or set by
				 * policy_resolve: policy_is_astray */
	bool away;		/* set by policy_resolve: the server is shut, or
				 * there is none */
};

/*
 * dev tap: frames with this source address are from this client.  Not a struct
 * binding: there is no longest match, and no query asks for the owner of a
 * hardware address.
 */
struct mac_binding {
	uint8_t mac[6];
	unsigned int client;
	struct str instance;
	bool away;		/* as in struct binding */
};

struct vpn_dev {
	char *name;		/* "tun0" */
	char *vrf;		/* the VRF that it is in, or NULL */
};
/* IPsec has no interface of its own. */
#define VPN_NO_DEV "-"

struct vpn {
	char *server;		/* the name of the section; any text, if the
				 * section is bad */
	char *dev;		/* "tun0", "tun*"; IPsec: VPN_NO_DEV */
	/* OpenVPN: the interfaces that are its own: dev, or of a pattern those
	 * that are known to be its; what else the pattern means is closed */
	VEC(struct vpn_dev) devs;
	bool tap;
	struct ipsec *ipsec;	/* owned; NULL: an OpenVPN server */
	bool shut;		/* everything is dropped; of IPSEC only the
				 * networks count */
};

/* A server whose addresses are nobody's. */
struct shut {
	struct str name;	/* not owned; "-": any server that no hook could
				 * name */
	struct loc at;		/* what is wrong; src NULL: not known */
	bool unknown;		/* set by policy_resolve: bindings name it, but
				 * no vpn */
};

/* Kinds of bindings that exist; the frame of the table depends on them. */
struct layout {
	bool ip6;		/* IPv6 addresses */
	bool net4, net6;	/* networks behind clients */
};

struct policy {
	struct ipt_options ipt;
	struct log_options log;
	VEC(struct client) clients;	/* sorted by name */
	VEC(struct binding) bindings;	/* after policy_resolve: one owner per
					 * prefix, in the order of prefix_cmp */
	/* The bindings of prefixes that are nobody's, because several clients
	 * have them; in the order of prefix_cmp. */
	VEC(struct binding) doubtful;
	unsigned int n_doubtful;	/* prefixes in it */
	VEC(struct mac_binding) macs;
	VEC(struct vpn) vpns;
	VEC(char *) others;	/* interfaces of other programs that a pattern
				 * means, too: they are left alone */
	VEC(struct shut) shut;
	/* What servers that are shut have: after policy_resolve the bindings
	 * that count no more, and with struct load: asked their static
	 * addresses. */
	VEC(struct binding) gone;
	VEC(struct mac_binding) gone_macs;
	bool nat;			/* the host translates addresses, so
					 * rules may ask conntrack */
	bool all_shut;			/* set by shut_mark: no server is open */
	struct layout layout;
};

void policy_fini(struct policy *p);

/* SERVER, DEV (not of IPsec) and IPSEC (or NULL) are copied.  Of a DEV that is a
 * pattern no interface is known yet: see tundev_assign.  Rules are in the order
 * of the vpns.  Lends the vpn until the next call. */
struct vpn *policy_add_vpn(struct policy *p, struct str server, struct str dev,
			   bool tap, const struct ipsec *ipsec);
/* As VPN, but shut. */
void policy_add_shut(struct policy *p, const struct vpn *vpn);
/* NAME is copied. */
void policy_add_dev(struct vpn *vpn, struct str name);
void policy_end_dev(struct vpn_dev *dev);	/* frees its text */
/* Is the interface NAME the vpn's? */
bool policy_has_dev(const struct vpn *vpn, const char *name);

/* The VRFs of open OpenVPN servers, each once, one a call; *I begins with 0.
 * NULL: no more. */
const char *policy_next_vrf(const struct policy *p, size_t *i);
/* Is the interface NAME the vpn's, and in VRF (or NULL)? */
bool policy_has_dev_in(const struct vpn *vpn, const char *name,
		       const char *vrf);

/* Have the vpns of both, which are in the same order, the same interfaces, and
 * are the same others' left alone? */
bool policy_same_devs(const struct policy *a, const struct policy *b);

/*
 * The index of the vpn of SERVER, whose addresses count there and nowhere else;
 * -1: none.  A server that no hook could name ("-" or "") is the only OpenVPN
 * server, if there is one only.
 */
int policy_vpn_of(const struct policy *p, struct str server);

/* Is the server of B any of several?  Then nobody knows where the address
 * counts. */
bool policy_is_astray(const struct policy *p, const struct binding *b);

/* Has P the interface of VPN, or (IPsec) all its networks wherever VPN has
 * them? */
bool policy_covers(const struct policy *p, const struct vpn *vpn);

/* Add a client as CLIENT_NO_FILE; NAME is not copied.  The next call makes
 * pointers and indices invalid: first add all clients, then call policy_sort,
 * then bind. */
struct client *policy_add_client(struct policy *p, struct str name);
/* Sort and drop duplicates. */
void policy_sort(struct policy *p);

/* NULL or -1: no such client.  After policy_sort. */
struct client *policy_find(const struct policy *p, struct str name);
int policy_index(const struct policy *p, struct str name);

void policy_bind(struct policy *p, const struct binding *b);
/* Bind E, masked; b.net is ignored.  A hardware address is added to macs. */
void policy_bind_endpoint(struct policy *p, const struct endpoint *e,
			  struct binding b);

/*
 * Keep one binding for each prefix, that of the highest source.  If that source
 * has the prefix for several clients (of one or several servers), or at a server
 * that could be any of several, it is doubtful: a warning names them, and the
 * prefix is nobody's, also where a wider one of another client covers it.
 *
 * The bindings of a server that is shut, or that no vpn has (a warning), count
 * no more, nor do hardware addresses of one that is not tap.  A network that
 * only a file gives does not count inside one that its server has given to a
 * client: OpenVPN knows it while its own client is connected.  Also sets layout.
 */
void policy_resolve(struct policy *p, struct diag *d);

/* What to tell of B, which is astray; malloced. */
char *policy_astray_text(const struct policy *p, const struct binding *b);
/* The client of B, with the server of a live binding or the place of another,
 * malloced: '"john" at "office"'. */
char *policy_claim_text(const struct policy *p, const struct binding *b);
/* Until when the prefix of B, which is doubtful, is nobody's. */
const char *policy_doubt_end(const struct binding *b);

/* The binding of ADDR by longest prefix; NULL: none, or this prefix is
 * doubtful.  After policy_resolve. */
const struct binding *policy_owner(const struct policy *p,
				   unsigned int family, const struct addr *a);

/* A doubtful binding of the prefix that ADDR belongs to, the first of this
 * prefix; NULL: ADDR is not doubtful.  After policy_resolve. */
const struct binding *policy_doubt(const struct policy *p,
				   unsigned int family, const struct addr *a);

const char *binding_source_name(enum binding_source s);
const char *client_state_name(enum client_state s);
