/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf/conf_server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/base/dir.h"
#include "compiler/conf/conf_value.h"
#include "compiler/openvpn/ipp.h"
#include "compiler/openvpn/ovconf.h"

static char *override_path(const struct conf_override *w, const char *path)
{
	return path ? dir_join(w->from, path) : NULL;
}

static char *server_path(const struct ovconf *ov, const char *path)
{
	return path ? dir_join(ov->cd, path) : NULL;
}

/* With chroot, the server opens ccd files relative to that directory. */
static char *server_ccd(const struct ovconf *ov)
{
	char *root, *ccd;

	if (!ov->ccd || !ov->chroot)
		return server_path(ov, ov->ccd);
	root = server_path(ov, ov->chroot);
	ccd = mem_printf("%s/%s", root, ov->ccd);
	free(root);
	return ccd;
}

/* "tun" or "tap" alone is not an interface: the kernel adds a number. */
static char *server_dev(const struct ovconf *ov)
{
	if (!ov->dev)
		return NULL;
	if (strlen(ov->dev) > 3)
		return mem_copy(ov->dev);
	return mem_copy(ov->tap ? "tap*" : "tun*");
}

/* The status file that a unit gives on the command line: openvpn-server@ of
 * OpenVPN, openvpn@ of Debian. */
static const struct unit {
	const char *folder, *before, *after;
	unsigned int seconds;
} units[] = {
	{
		"/etc/openvpn/server", "/run/openvpn-server/status-", ".log",
		OVCONF_STATUS_SECONDS,
	},
	{ "/etc/openvpn", "/run/openvpn/", ".status", 10 },
};

/* The real directory of PATH; malloced or NULL. */
static char *real_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? mem_dup(path, (size_t)(slash + 1 - path))
			     : mem_dup(".", 1);
	char *real = realpath(folder, NULL);

	free(folder);
	return real;
}

/* A line of the server.conf counts more than the command line before it. */
static void take_unit_status(struct instance *in)
{
	const char *slash = strrchr(in->config, '/'), *end;
	const char *name = slash ? slash + 1 : in->config;
	const struct unit *u, *stop = units + sizeof(units) / sizeof(*units);
	char *folder, *path;

	end = strrchr(name, '.');
	if (in->status || !end || strcmp(end, ".conf") != 0)
		return;
	folder = real_folder(in->config);
	for (u = units; folder && u < stop; u++) {
		if (strcmp(folder, u->folder) != 0)
			continue;
		path = mem_printf("%s%.*s%s", u->before, (int)(end - name),
				  name, u->after);
		if (access(path, F_OK)) {
			free(path);
			continue;
		}
		in->status = path;
		in->status_seconds = u->seconds;
	}
	free(folder);
}

/* Where the management interface listens.  "tunnel" is the server's own address
 * in the tunnel. */
static char *management_host(const struct ovconf *ov)
{
	char text[ADDR_TEXT];

	if (!strcmp(ov->management, "tunnel") && ov->has_local)
		return mem_copy(addr_format(FAMILY_IP4, &ov->local, text));
	return mem_copy(ov->management);
}

/* The management interface of a server.conf. */
static void take_management(struct instance *in, const struct ovconf *ov)
{
	bool is_path;

	if (in->management || !ov->management)
		return;
	is_path = !strcmp(ov->management_port, "unix");
	in->management = is_path ? server_path(ov, ov->management)
				 : management_host(ov);
	in->management_port = mem_copy(ov->management_port);
	if (!in->management_pw && ov->management_pw &&
	    strcmp(ov->management_pw, "stdin") != 0)
		in->management_pw = server_path(ov, ov->management_pw);
}

/* Rules contain the name: a wrong one is not known. */
static int take_dev(struct instance *in, const struct ovconf *ov,
		    struct diag *d)
{
	int err;

	in->dev = server_dev(ov);
	err = in->dev ? conf_check_dev(in->dev, ov->dev_at, d) : 0;
	if (!err)
		return 0;
	free(in->dev);
	in->dev = NULL;
	return err;
}

/* What a server without a topology has written before tells which it takes,
 * unless vpnpf.conf does. */
static enum topology find_topology(const struct instance *in,
				   const struct conf_override *w,
				   struct sources *set, const struct ovconf *ov)
{
	char *path = in->ipp ? mem_copy(in->ipp) : server_path(ov, ov->ipp);
	enum topology found = TOPOLOGY_NET30;
	const struct source *src;

	if (w->topology)
		topology_parse(w->topology, &found);
	else if (path && !source_load(set, AT_FDCWD, path, path, &src) &&
		 ipp_is_no_net30(src))
		found = TOPOLOGY_SUBNET;
	free(path);
	return found;
}

static void read_topology(const struct instance *in,
			  const struct conf_override *w, struct sources *set,
			  struct ovconf *ov)
{
	enum topology found = find_topology(in, w, set, ov);

	if (found == ov->topology)
		return;
	ovconf_fini(ov);
	ovconf_load_as(in->config, found, set, ov);
}

static int take_server(struct instance *in, const struct conf_override *w,
		       struct sources *set, struct diag *d)
{
	struct diag silent = { 0 };
	struct ovconf ov;
	int err = ovconf_load(in->config, in->at, set, &ov, d), err2 = 0;

	if (!err && ov.no_topology_at.src)
		read_topology(in, w, set, &ov);
	if (!in->dev)
		err2 = take_dev(in, &ov, err ? &silent : d);
	in->ccd = in->ccd ? in->ccd : server_ccd(&ov);
	in->ipp = in->ipp ? in->ipp : server_path(&ov, ov.ipp);
	if (!in->status)
		in->status_seconds = ov.status_seconds;
	in->status = in->status ? in->status : server_path(&ov, ov.status);
	take_unit_status(in);
	take_management(in, &ov);
	in->workdir = ov.chroot ? server_path(&ov, ov.chroot) : mem_copy(ov.cd);
	in->topology = ov.topology;
	in->tap = ov.tap;
	in->no_dco = ov.no_dco;
	in->has_net = ov.has_net4;
	in->net_first = ov.net4.addr;
	in->net_last = prefix_last(&ov.net4);
	in->has_net6 = ov.has_net6;
	in->net6_first = ov.net6.addr;
	in->net6_last = prefix_last(&ov.net6);
	in->has_pool = ov.has_pool;
	in->pool_first = ov.pool_first;
	in->pool_last = ov.pool_last;
	in->has_pool6 = ov.has_pool6;
	in->pool6_first = ov.pool6_first;
	in->pool6_last = ov.pool6_last;
	in->has_own = ov.has_local;
	in->own = ov.local;
	in->has_own6 = ov.has_local6;
	in->own6 = ov.local6;
	in->client_to_client_at = ov.client_to_client_at;
	in->no_topology_at = ov.no_topology_at;
	ovconf_fini(&ov);
	return err ? err : err2;
}

/* Without a server.conf only the user knows the topology of ipp.txt. */
static int guess_server(struct instance *in, const struct conf_override *w,
			struct diag *d)
{
	in->workdir = mem_copy("/");
	in->tap = in->dev && !strncmp(in->dev, "tap", 3);
	in->topology = TOPOLOGY_SUBNET;
	if (in->ipp && !w->topology && !in->tap)
		return diag_error(d, in->at, -EINVAL, "to read \"%s\", the topology must be known: %s",
				  in->ipp, w->how_topology);
	return 0;
}

/* "127.0.0.1 7505", or the path of a socket. */
static void override_management(const struct conf_override *w,
				struct instance *in)
{
	const char *blank = strchr(w->management, ' ');

	if (!blank) {
		in->management = override_path(w, w->management);
		in->management_port = mem_copy("unix");
		return;
	}
	in->management = mem_dup(w->management,
				 (size_t)(blank - w->management));
	in->management_port = mem_copy(blank + 1);
}

int conf_server_fill(struct instance *in, const struct conf_override *w,
		     struct sources *set, struct diag *d)
{
	int err;

	in->config = override_path(w, w->config);
	in->dev = mem_copy(w->dev);
	in->ccd = override_path(w, w->ccd);
	in->ipp = override_path(w, w->ipp);
	in->status = override_path(w, w->status);
	in->status_seconds = OVCONF_STATUS_SECONDS;
	in->management_pw = override_path(w, w->management_pw);
	if (w->management)
		override_management(w, in);
	err = in->config ? take_server(in, w, set, d) : guess_server(in, w, d);
	if (w->topology) {
		topology_parse(w->topology, &in->topology);
		in->no_topology_at = LOC_NONE;
	}
	if (in->tap)
		in->topology = TOPOLOGY_SUBNET;
	if (!err && !in->dev)
		err = diag_error(d, in->at, -EINVAL, "no interface: %s",
				 w->how);
	return err;
}
