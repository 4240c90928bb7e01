/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interfaces: those of the servers, and others that look like them. */
#include "config.h"

#include <string.h>

#include "cli/doctor/device.h"
#include "cli/doctor/doctor.h"
#include "cli/server/interfaces.h"
#include "cli/server/session.h"

/* A server that just ended is taken for a running one until its status file is
 * too old. */
static void find_no_interface(struct doctor *x, const struct instance *in)
{
	struct diag silent = { 0 };
	struct session session;

	if (interfaces_have(&x->compile, in) || (!in->management && !in->status))
		return;
	session_read(in, &x->compile.load.sources, &session, &silent);
	if (session.source != SESSION_UNKNOWN)
		doctor_found(x, in, in->at,
			     "there is no interface %s, but \"%s\" runs: its clients are on another one, and are not filtered there",
			     in->dev, in->name);
	session_fini(&session);
}

static void found_unnamed(void *arg, const char *name)
{
	doctor_found(arg, NULL, LOC_NONE,
		     "%s is an interface of a VPN that no section names: what passes there is not filtered",
		     name);
}

static void find_unnamed(struct doctor *x)
{
	interfaces_find_unnamed(&x->compile.load.conf, found_unnamed, x);
}

static void found_disputed(void *arg, const struct instance *in,
			   const char *name, bool foreign)
{
	char text[INTERFACE_TEXT];

	doctor_found(arg, in, in->at, "%s",
		     interface_dispute(in, name, foreign, text));
}

static void find_disputed(struct doctor *x)
{
	interfaces_find_disputed(&x->compile, found_disputed, x);
}

/* The kernel takes the higher of the two settings. */
static void find_localnet(struct doctor *x, const struct instance *in)
{
	if (sysctl_is("net/ipv4/conf/all/route_localnet", 1) ||
	    device_sysctl_is("net/ipv4/conf", in->dev, "route_localnet", 1))
		doctor_found(x, in, LOC_NONE,
			     "route_localnet is 1 on %s: clients reach services that listen on 127.0.0.1",
			     in->dev);
}

/* Only in mangle the rules see the interface itself, not the VRF, which may have
 * others. */
static void find_vrf(struct doctor *x, const struct instance *in)
{
	const struct conf *conf = &x->compile.load.conf;

	if (cli_backend(x->cli, conf) == &backend_ipt &&
	    conf->ipt.table != TABLE_MANGLE && device_is_in_vrf(in->dev))
		doctor_found(x, in, LOC_NONE,
			     "%s is in a VRF, whose name the rules in table \"%s\" see in its place: what comes in by it must be a client's, and nothing passes from it to clients",
			     in->dev, rule_table_name(conf->ipt.table));
}

static bool is_named_xfrm(const struct conf *conf, const char *name)
{
	const struct instance *in;
	char *const *dev;

	vec_each(in, &conf->instances)
		if (in->ipsec)
			vec_each(dev, &in->ipsec->xfrm)
				if (conf_dev_matches(*dev, name))
					return true;
	return false;
}

/* The module makes one that nobody uses. */
static void found_vti(void *arg, const char *name, const char *driver)
{
	if (!strncmp(driver, "vti", 3) && strcmp(name, "ip_vti0") != 0 &&
	    strcmp(name, "ip6_vti0") != 0)
		doctor_found(arg, NULL, LOC_NONE,
			     "%s is a VTI: the kernel takes the policy off its packets before rules see them, so clients whose tunnels use it reach nobody",
			     name);
}

static void find_vti(struct doctor *x)
{
	if (conf_has_ipsec(&x->compile.load.conf))
		interfaces_each(found_vti, x);
}

static void found_xfrm(void *arg, const char *name, const char *driver)
{
	struct doctor *x = arg;

	if (!strcmp(driver, "xfrm") &&
	    !is_named_xfrm(&x->compile.load.conf, name))
		doctor_found(x, NULL, LOC_NONE,
			     "%s is an xfrm interface that no section names: nothing leaves by it for clients",
			     name);
}

static void find_unnamed_xfrm(struct doctor *x)
{
	if (conf_has_ipsec(&x->compile.load.conf))
		interfaces_each(found_xfrm, x);
}

const struct doctor_check doctor_device_checks[] = {
	{ "interface-missing",
	  "name its interface: dev in server.conf or vpnpf.conf, and vpnpf apply",
	  .run_server = find_no_interface },
	{ "interface-unnamed",
	  "a section for it, if its clients have policies; else doctor-ignore",
	  find_unnamed, NULL },
	{ "interface-foreign",
	  "the number in server.conf or vpnpf.conf: dev tun0",
	  find_disputed, NULL },
	{ "localnet",
	  "sysctl net.ipv4.conf.DEV.route_localnet=0, and DNAT to an address of the interface, not to 127.0.0.1",
	  .run_server = find_localnet },
	{ "vrf", "iptables-table = mangle, or backend = nftables",
	  .run_server = find_vrf },
	{ "vti", "an xfrm interface in its place: xfrm in vpnpf.conf",
	  find_vti, NULL },
	{ "xfrm-unnamed",
	  "xfrm in the section of vpnpf.conf whose tunnels use it; else doctor-ignore",
	  find_unnamed_xfrm, NULL },
	{ NULL, NULL, NULL, NULL },
};
