/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to work on: vpnpf.conf(5), or the options that stand for it.
 *
 *	policy = "/etc/vpnpf/policy"
 *	groups = "/etc/vpnpf/groups"
 *	tests = { "/etc/vpnpf/rules.test" }
 *	doctor-ignore = { "duplicate-cn" }
 *	state-dir = "/run/vpnpf"
 *	default-policy = yes
 *	backend = nftables
 *	iptables-table = security
 *	iptables-final-accept = no
 *	log-group = 5
 *	log-rate = 10
 *	openvpn office {
 *		server-conf = "/etc/openvpn/server/office.conf"
 *	}
 *	openvpn lab { dev = "tun1" ccd = "..." ipp = "..." topology = subnet
 *		status = "..." management = "127.0.0.1 7505"
 *		management-password = "..." }
 *	ipsec road { dev = "eth0" local = "192.0.2.1"
 *		networks = { "10.0.2.0/24" } addresses = "road.txt"
 *		ike = yes }
 */
#pragma once

#include "compiler/base/diag.h"
#include "compiler/model/ipsec.h"
#include "compiler/model/rule_options.h"
#include "compiler/openvpn/topology.h"

/*
 * One OpenVPN server, or clients that come by IPsec.  Paths are absolute or
 * relative to where we run; in a vpnpf.conf they are read from its folder, in a
 * server.conf from wherever the server runs (ovconf.h), on the command line
 * from where we run.
 */
struct instance {
	char *name;		/* unique among all; [A-Za-z0-9_.-]+ */
	char *dev;		/* interface, "tun*" matches a beginning */
	char *config;		/* server.conf, or NULL */
	char *ccd, *ipp, *status;	/* or NULL */
	unsigned int status_seconds;	/* how often STATUS is written */
	/* the management interface: its address, with the port "unix" its
	 * socket's path; and a file with its password.  NULL: none */
	char *management, *management_port, *management_pw;
	char *workdir;		/* what paths in ccd files are relative to:
				 * "/" where no server.conf says it */
	enum topology topology;
	bool tap;
	struct ipsec *ipsec;	/* owned; NULL: an OpenVPN server */
	bool has_pool;
	struct addr pool_first, pool_last;	/* IPv4 */
	struct loc at;		/* of its section; src NULL: from options */
	struct loc client_to_client_at;	/* in server.conf; src NULL: absent */
};

/* Is NAME the interface DEV of a configuration: "tun*" is every "tun...". */
bool conf_dev_matches(const char *dev, const char *name);
/* Does the pool of an OpenVPN server hold an address of NET? */
bool instance_pool_overlaps(const struct instance *in,
			    const struct prefix *net);

/* A finding of doctor that is meant to be so. */
struct conf_ignore {
	char *name;
	struct loc at;
};

struct conf {
	char *state_dir;	/* "/run/vpnpf" */
	char *policy;		/* folder of .pf files, one a name for all
				 * servers */
	char *groups;		/* file, or NULL */
	VEC(char *) tests;	/* files of expectations that policies meet */
	VEC(struct conf_ignore) doctor_ignore;
	char *backend;		/* as -b names it; NULL: not said */
	struct ipt_options ipt;
	struct log_options log;
	bool default_policy;	/* DEFAULT.pf serves who has no file */
	VEC(struct instance) instances;	/* all of them, in order, at least 1 */
	size_t picked;		/* the one that conf_options.instance names;
				 * without that: 0 */
};

/* What stands on the command line; NULL: not given. */
struct conf_options {
	const char *file;	/* -c; NULL: /etc/vpnpf/vpnpf.conf */
	const char *openvpn, *policy, *ccd, *ipp, *topology, *dev, *instance;
	const char *state_dir;
};

/*
 * With any of openvpn, policy, ccd, ipp, topology, dev: one instance from the
 * options, called "openvpn" or as "instance" says; no file is read but
 * server.conf.  Else the file, in which "instance" must be found.  Values of a
 * server.conf are taken where the configuration does not say otherwise.
 * Returns 0, -EINVAL (said) or -errno (said).  End with conf_fini either way.
 */
int conf_load(const struct conf_options *opt, struct sources *set,
	      struct conf *out, struct diag *d);
void conf_fini(struct conf *conf);

/*
 * Can the backend of this name hold what is configured?  0, or -EINVAL after it
 * was said: iptables knows no tunnel of IPv6 that IPv4 packets come through,
 * nor the other way round.
 */
int conf_check_backend(const struct conf *conf, const char *backend,
		       struct diag *d);
