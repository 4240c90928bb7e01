/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration: vpnpf.conf(5), or the options in place of the file.
 *
 *	policy = "/etc/vpnpf/policy"
 *	groups = "/etc/vpnpf/groups"
 *	tests = { "/etc/vpnpf/rules.test" }
 *	doctor-ignore = { "duplicate-cn" }
 *	state-dir = "/run/vpnpf"
 *	default-policy = yes
 *	grace = 60
 *	backend = nftables
 *	iptables-table = security
 *	iptables-final-accept = no
 *	log-group = 5
 *	log-rate = 10
 *	nat = auto
 *	openvpn office {
 *		server-conf = "/etc/openvpn/server/office.conf"
 *	}
 *	openvpn lab { dev = "tun1" ccd = "..." ipp = "..." topology = subnet
 *		status = "..." management = "127.0.0.1 7505"
 *		management-password = "..." }
 *	ipsec road { local = { "192.0.2.1", "198.51.100.1" }
 *		networks = { "10.0.2.0/24" } addresses = "road.txt"
 *		inside = "eth1" dev = { "eth0", "eth2" } ike = yes
 *		site-to-site = no xfrm = "ipsec0" }
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/model/ipsec.h"
#include "compiler/model/rule_options.h"
#include "compiler/openvpn/topology.h"

/*
 * One OpenVPN server, or one ipsec section.  Paths here are absolute or
 * relative to the working directory of vpnpf.  Relative paths were joined:
 * those of a vpnpf.conf to its directory, those of a server.conf to the
 * server's working directory (ovconf.h).
 */
struct instance {
	/* Its section or its server.conf is wrong (reported): it is shut, and
	 * what is below is what could be read.  The name may be any text, and
	 * another's; dev may be NULL; ipsec may have no ends and no
	 * networks. */
	bool bad;
	struct loc bad_at;	/* of the first error */
	char *name;		/* unique among all; [A-Za-z0-9_.-]+ */
	/* interface, or a pattern: "tun*".  IPsec: the first one outside, or
	 * NULL */
	char *dev;
	char *config;		/* server.conf, or NULL */
	char *ccd, *ipp, *status;	/* or NULL */
	unsigned int status_seconds;	/* between two writes of STATUS */
	/* the management interface: address and port, or the path of a socket
	 * and "unix"; and the path of a password file.  NULL: none */
	char *management, *management_port, *management_pw;
	char *workdir;		/* for relative paths in ccd files; "/" without
				 * a server.conf */
	enum topology topology;
	bool tap;
	bool dco, no_dco;	/* OpenVPN's data channel offload, as the
				 * configuration says; neither: not known */
	struct ipsec *ipsec;	/* owned; NULL: an OpenVPN server */
	bool has_net;		/* the server's network in the tunnel */
	struct addr net_first, net_last;	/* IPv4 */
	bool has_net6;
	struct addr net6_first, net6_last;	/* IPv6 */
	bool has_pool;
	struct addr pool_first, pool_last;	/* IPv4 */
	bool has_pool6;
	struct addr pool6_first, pool6_last;	/* IPv6 */
	bool has_own, has_own6;	/* the server's own addresses in the tunnel, by
				 * its server.conf */
	struct addr own, own6;
	struct loc at;		/* of the section; src NULL: from options */
	struct loc client_to_client_at;	/* in server.conf; src NULL: absent */
	/* The line in server.conf of a server whose topology nobody gives: the
	 * version of OpenVPN decides.  TOPOLOGY is subnet if ipp.txt shows
	 * that, else net30.  src NULL: it is given */
	struct loc no_topology_at;
};

/* Can DEV of a configuration mean interface NAME?  "tun*": tun0 to tun255. */
bool conf_dev_matches(const char *dev, const char *name);
/* Do the pool of an OpenVPN server and NET overlap? */
bool instance_pool_overlaps(const struct instance *in,
			    const struct prefix *net);

/* Is it known which addresses of FAMILY are IN's? */
bool instance_knows_addresses(const struct instance *in, unsigned int family);
/* Do the network, the pool, or the networks of an ipsec section, and NET
 * overlap? */
bool instance_overlaps(const struct instance *in, const struct prefix *net);

/* A finding that doctor does not report. */
struct conf_ignore {
	char *name;
	struct loc at;
};

struct conf {
	char *state_dir;	/* "/run/vpnpf" */
	char *policy;		/* directory of .pf files, one for each name on
				 * all servers */
	char *groups;		/* file, or NULL */
	struct texts tests;	/* files of expectations */
	VEC(struct conf_ignore) doctor_ignore;
	char *backend;		/* as for -b; NULL: not set */
	char *nat;		/* "yes", "no", "auto"; NULL: not set */
	struct ipt_options ipt;
	struct log_options log;
	bool default_policy;	/* DEFAULT.pf for clients without a file */
	unsigned int grace;	/* seconds for which a client is not thrown out
				 * after its file was removed */
	VEC(struct instance) instances;	/* all, in order, at least 1 */
	size_t picked;		/* index of conf_options.instance, else 0 */
	/* More interfaces to shut, where the instances above do not have them:
	 * what bad instances were before, and what a file that cannot be used
	 * has.  Empty after conf_load. */
	VEC(struct instance) shut;
	bool bad_options;	/* conf_load failed for the options, not for a
				 * file */
};

/* Has CONF an ipsec section? */
bool conf_has_ipsec(const struct conf *conf);

/* Options of the command line; NULL: not given. */
struct conf_options {
	const char *file;	/* -c; NULL: /etc/vpnpf/vpnpf.conf */
	const char *openvpn, *policy, *ccd, *ipp, *topology, *dev, *instance;
	const char *state_dir;
};

/*
 * With any of openvpn, policy, ccd, ipp, topology, dev: one instance from the
 * options, named "openvpn" or as "instance"; the only file read is server.conf.
 * Otherwise the file is read, and "instance" must be in the file.  The
 * configuration overrides values of a server.conf.
 *
 * An error (reported) in one section of the file, or in its server.conf, marks
 * this instance as bad; two sections of one name are both bad, and so is an
 * ipsec section whose networks are another's.  Returns 0 then.
 *
 * Returns -EINVAL or -errno (reported) when the configuration cannot be used:
 * an error outside of the sections, or anywhere when the options are in place
 * of the file.  *out has the instances that could be read, or parts of them.
 * End with conf_fini either way.
 */
int conf_load(const struct conf_options *opt, struct sources *set,
	      struct conf *out, struct diag *d);
void conf_fini(struct conf *conf);
void instance_fini(struct instance *in);

/* The vpnpf.conf that conf_load reads; NULL: the options are in its place. */
const char *conf_path(const struct conf_options *opt);
/* Set conf->picked to the instance NAME (NULL: the first).  0, or -EINVAL
 * (reported). */
int conf_pick(struct conf *conf, const char *name, struct diag *d);
/* Has IN what it takes to shut it? */
bool instance_is_known(const struct instance *in);

/* Does a live binding of SERVER name none of CONF: "-" (a hook could not know
 * it), or one whose section was renamed or removed?  It may be any server's. */
bool conf_lacks_server(const struct conf *conf, struct str server);

/* The first bad instance after AFTER (NULL: of all); NULL: no more. */
const struct instance *conf_next_bad(const struct conf *conf,
				     const struct instance *after);

/*
 * Can BACKEND represent the configuration?  iptables cannot match IPv4 packets
 * of an IPv6 tunnel, nor IPv6 packets of an IPv4 tunnel: such a section is bad.
 * 0, or -EINVAL (reported).
 */
int conf_check_backend(struct conf *conf, const char *backend,
		       struct diag *d);
