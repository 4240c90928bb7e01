/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's handling of packets, and access to the server. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/doctor/device.h"
#include "cli/doctor/doctor.h"
#include "cli/server/session.h"

/* Writing ip_forward sets it for each interface, which can differ later. */
static void find_no_forward(struct doctor *x)
{
	const struct instance *in;

	if (sysctl_is("net/ipv4/ip_forward", 0)) {
		doctor_found(x, NULL, LOC_NONE,
			     "the kernel forwards no IPv4: clients can reach only the server");
		return;
	}
	vec_each(in, &x->compile.load.conf.instances)
		if (in->dev &&
		    device_sysctl_is("net/ipv4/conf", in->dev, "forwarding", 0))
			doctor_found(x, in, LOC_NONE,
				     "the kernel does not forward IPv4 from %s",
				     in->dev);
}

static bool has_ip6(const struct doctor *x)
{
	const struct instance *in;
	const struct binding *b;

	vec_each(in, &x->compile.load.conf.instances)
		if (doctor_option(x, in, "server-ipv6") ||
		    doctor_option(x, in, "ifconfig-ipv6-pool"))
			return true;
	vec_each(b, &x->compile.policy.bindings)
		if (b->net.family == FAMILY_IP6)
			return true;
	return false;
}

static void find_no_forward6(struct doctor *x)
{
	if (has_ip6(x) && sysctl_is("net/ipv6/conf/all/forwarding", 0))
		doctor_found(x, NULL, LOC_NONE,
			     "the kernel forwards no IPv6, and clients have such addresses");
}

/* Redirects between clients of one interface, which look like neighbours. The
 * kernel sends them if one of the two settings is on. */
static void find_redirects(struct doctor *x, const struct instance *in)
{
	if (in->topology != TOPOLOGY_SUBNET)
		return;
	if (sysctl_is("net/ipv4/conf/all/send_redirects", 1) ||
	    device_sysctl_is("net/ipv4/conf", in->dev, "send_redirects", 1))
		doctor_found(x, in, LOC_NONE,
			     "the kernel redirects clients on %s to each other, but they cannot talk without it",
			     in->dev);
}

/* Is the interface, or will it be, a port of a bridge? No if the configuration
 * names the bridge instead. */
static bool is_bridged(const struct doctor *x, const struct instance *in)
{
	return in->tap && (device_is_bridged(in->dev) ||
			   (doctor_option(x, in, "server-bridge") &&
			    !device_is_bridge(in->dev)));
}

static void find_no_proxy_arp(struct doctor *x, const struct instance *in)
{
	if (in->tap && !is_bridged(x, in) &&
	    device_sysctl_is("net/ipv4/conf", in->dev, "proxy_arp_pvlan", 0))
		doctor_found(x, in, LOC_NONE,
			     "the kernel answers no ARP between clients on %s: they cannot reach each other, whatever their policies say",
			     in->dev);
}

/* Rules see the bridge's name, not the port's, and only packets that
 * br_netfilter passes to them: tested with both backends. */
static void find_bridge_port(struct doctor *x, const struct instance *in)
{
	if (is_bridged(x, in))
		doctor_found(x, in, LOC_NONE,
			     "%s is a port of a bridge: what the bridge passes on meets no rules of %s",
			     in->dev, in->dev);
}

static void find_bridge(struct doctor *x, const struct instance *in)
{
	if (device_is_silent_bridge(in->dev))
		doctor_found(x, in, LOC_NONE,
			     "packets between the ports of %s are not filtered",
			     in->dev);
}

/* reconcile and the ending of sessions need an answer of the server. */
static void find_nobody_tells(struct doctor *x, const struct instance *in)
{
	if (!in->bad && !in->management && !in->status)
		doctor_found(x, in, in->at,
			     "\"%s\" has neither management nor status: reconcile cannot know who is connected, and no session is ended",
			     in->name);
}

static void find_old_status(struct doctor *x, const struct instance *in)
{
	struct instance without = *in;
	struct diag silent = { 0 };
	struct session session;

	/* if only root may read it, other users cannot check it */
	if (!in->status || (access(in->status, R_OK) && errno == EACCES))
		return;
	without.management = NULL;
	session_read(&without, &x->compile.load.sources, &session, &silent);
	if (session.source == SESSION_UNKNOWN)
		doctor_found(x, in, LOC_NONE,
			     "the status file \"%s\" is missing, too old or incomplete, and is ignored",
			     in->status);
	session_fini(&session);
}

/* Can all users reach this directory? */
static bool is_open_way(const char *folder)
{
	char *real = realpath(folder, NULL);
	struct stat st;
	bool open = real;

	while (open && *real) {
		open = !stat(real, &st) && st.st_mode & S_IXOTH;
		*strrchr(real, '/') = '\0';
	}
	free(real);
	return open;
}

/* OpenVPN's socket is open to all users; a directory can restrict access. */
static bool others_reach(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? mem_dup(path, (size_t)(slash - path) + 1)
			     : mem_dup(".", 1);
	struct stat st;
	bool reach = is_open_way(folder) &&
		     (stat(path, &st) || st.st_mode & S_IWOTH);

	free(folder);
	return reach;
}

static bool is_loopback(const char *host)
{
	return !strncmp(host, "127.", 4) || !strcmp(host, "localhost") ||
	       !strcmp(host, "::1");
}

static void find_open_management(struct doctor *x, const struct instance *in)
{
	const struct ovline *line = doctor_option(x, in, "management");
	struct loc at = line ? line->at : LOC_NONE;
	bool password = in->management_pw || (line && line->n > 3);
	bool is_path;

	/* management-client: it is the server that connects */
	if (!in->management || doctor_option(x, in, "management-client"))
		return;
	is_path = !strcmp(in->management_port, "unix");
	if (!is_path && !is_loopback(in->management))
		doctor_found(x, in, at,
			     "the management interface can be reached from outside of this host");
	else if (!password && !is_path)
		doctor_found(x, in, at,
			     "every user of this host can control the server: no password");
	else if (!password && !doctor_option(x, in, "management-client-user") &&
		 !doctor_option(x, in, "management-client-group") &&
		 others_reach(in->management))
		doctor_found(x, in, at,
			     "every user of this host can control the server: its socket is open to all");
}

const struct doctor_check doctor_host_checks[] = {
	{ "ip-forward",
	  "sysctl net.ipv4.ip_forward=1, or net.ipv4.conf.DEV.forwarding=1",
	  find_no_forward, NULL },
	{ "ip6-forward", "sysctl net.ipv6.conf.all.forwarding=1",
	  find_no_forward6, NULL },
	{ "send-redirects",
	  "sysctl net.ipv4.conf.all.send_redirects=0, the same for default before the server starts, and for its interface",
	  .run_server = find_redirects },
	{ "tap-without-proxy-arp",
	  "sysctl net.ipv4.conf.DEV.proxy_arp_pvlan=1, in an up script of the server",
	  .run_server = find_no_proxy_arp },
	{ "bridge-port",
	  "take it out of the bridge, and route; or name the bridge as dev in vpnpf.conf",
	  .run_server = find_bridge_port },
	{ "bridge-without-netfilter",
	  "modprobe br_netfilter, sysctl net.bridge.bridge-nf-call-iptables=1 (and bridge-nf-call-ip6tables)",
	  .run_server = find_bridge },
	{ "nobody-tells",
	  "management SOCKET unix, or status FILE 10, in server.conf or vpnpf.conf",
	  .run_server = find_nobody_tells },
	{ "status-old", "status FILE 10 in server.conf; does the server run?",
	  .run_server = find_old_status },
	{ "management-open",
	  "a socket in a directory of root's, or 127.0.0.1 with a password file",
	  .run_server = find_open_management },
	{ NULL, NULL, NULL, NULL },
};
