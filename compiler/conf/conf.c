/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/dir.h"
#include "compiler/base/scan.h"
#include "compiler/conf/conf_file.h"
#include "compiler/conf/conf_ipsec.h"
#include "compiler/conf/conf_server.h"
#include "compiler/conf/conf_value.h"
#include "compiler/model/tundev.h"

#define DEFAULT_FILE "/etc/vpnpf/vpnpf.conf"
#define DEFAULT_STATE "/run/vpnpf"
#define DEFAULT_GRACE 60

static int from_options(const struct conf_options *opt, struct sources *set,
			struct conf *out, struct diag *d)
{
	struct conf_override w = {
		.config = opt->openvpn, .dev = opt->dev, .ccd = opt->ccd,
		.ipp = opt->ipp, .topology = opt->topology, .from = ".",
		.how = "give --dev",
		.how_topology = "give --topology net30, p2p or subnet",
	};
	struct instance *in = vec_add(&out->instances);

	*in = (struct instance){
		.name = mem_copy(opt->instance ? opt->instance : "openvpn"),
	};
	out->bad_options = true;
	if (opt->file)
		return diag_error(d, LOC_NONE, -EINVAL, "-c stands alone: without --openvpn, --policy, --ccd, --ipp, --topology and --dev");
	out->policy = mem_copy(opt->policy);
	if (!opt->policy)
		return diag_error(d, LOC_NONE, -EINVAL, "no policy: give --policy");
	if (conf_check_name(in->name, LOC_NONE, d) ||
	    (opt->dev && conf_check_dev(opt->dev, LOC_NONE, d)) ||
	    (opt->topology && conf_check_topology(opt->topology, LOC_NONE, d)))
		return -EINVAL;
	out->bad_options = !opt->openvpn;
	return conf_server_fill(in, &w, set, d);
}

static int check_local(const char *text, struct loc at, struct diag *d)
{
	struct prefix unused;

	return conf_ipsec_local(text, at, &unused, d);
}

static int check_net(const char *text, struct loc at, struct diag *d)
{
	struct prefix unused;

	return conf_ipsec_net(text, at, &unused, d);
}

static const struct conf_key top_keys[] = {
	{ .name = "backend", .check = conf_check_filter },
	{ .name = "default-policy", .type = CONF_SWITCH },
	{ .name = "doctor-ignore", .old = "silence", .type = CONF_LIST },
	{ .name = "grace", .check = conf_check_grace },
	{ .name = "groups" },
	{
		.name = "iptables-final-accept", .old = "iptables-accept",
		.type = CONF_SWITCH,
	},
	{ .name = "iptables-table", .check = conf_check_table },
	{ .name = "log-group", .check = conf_check_log_group },
	{ .name = "log-rate", .check = conf_check_log_rate },
	{ .name = "nat", .check = conf_check_nat },
	{ .name = "policy" },
	{ .name = "state-dir" },
	{ .name = "tests", .type = CONF_LIST },
	{ 0 }
};

static const struct conf_key openvpn_keys[] = {
	{ .name = "ccd" },
	{ .name = "dco", .type = CONF_SWITCH },
	{ .name = "dev", .check = conf_check_dev },
	{ .name = "ipp" },
	{ .name = "management", .check = conf_check_management },
	{ .name = "management-password" },
	{ .name = "server-conf", .old = "config" },
	{ .name = "status" },
	{ .name = "topology", .check = conf_check_topology },
	{ 0 }
};

static const struct conf_key ipsec_keys[] = {
	{ .name = "addresses", .old = "ipp" },
	{ .name = "dev", .type = CONF_LIST, .check = conf_check_dev },
	{ .name = "ike", .type = CONF_SWITCH },
	{ .name = "inside", .type = CONF_LIST, .check = conf_check_dev },
	{ .name = "local", .type = CONF_LIST, .check = check_local },
	{
		.name = "networks", .old = "clients", .type = CONF_LIST,
		.check = check_net,
	},
	{ .name = "site-to-site", .type = CONF_SWITCH },
	{ .name = "xfrm", .type = CONF_LIST, .check = conf_check_dev },
	{ 0 }
};

static const struct conf_kind kinds[] = {
	{ "", top_keys },
	{ "openvpn", openvpn_keys },
	{ "ipsec", ipsec_keys },
	{ 0 }
};

static int take_openvpn(const struct conf_section *sec, const char *dir,
			struct sources *set, struct instance *out,
			struct diag *d)
{
	struct conf_override w = {
		.config = conf_file_text(sec, "server-conf"),
		.dev = conf_file_text(sec, "dev"),
		.ccd = conf_file_text(sec, "ccd"),
		.ipp = conf_file_text(sec, "ipp"),
		.status = conf_file_text(sec, "status"),
		.management = conf_file_text(sec, "management"),
		.management_pw = conf_file_text(sec, "management-password"),
		.topology = conf_file_text(sec, "topology"), .from = dir,
		.how = "give dev or server-conf in this section",
		.how_topology = "give topology or server-conf in this section",
	};
	int r;

	*out = (struct instance){
		.name = mem_copy(sec->title.text), .at = sec->at,
	};
	r = conf_server_fill(out, &w, set, d);
	if (conf_file_text(sec, "dco")) {
		out->dco = conf_file_is_on(sec, "dco");
		out->no_dco = !out->dco;
	}
	return r;
}

/* What follows from an error in the section is not reported. */
static void take_section(const struct conf_section *sec, const char *dir,
			 struct sources *set, struct instance *out,
			 struct diag *d)
{
	struct diag silent = { 0 };
	int err;

	if (sec->bad)
		d = &silent;
	d->first = sec->bad ? sec->bad_at : LOC_NONE;
	err = sec->kind->keys == ipsec_keys
		? conf_ipsec_take(sec, dir, out, d)
		: take_openvpn(sec, dir, set, out, d);
	out->bad = conf_check_name(out->name, sec->title.at, d) || err ||
		   sec->bad;
	out->bad_at = d->first.src ? d->first : sec->at;
}

/* Sections of one kind, in the order of the file. */
static void take_sections(const struct conf_file *f, const char *dir,
			  bool ipsec, struct sources *set, struct conf *out,
			  struct diag *d)
{
	const struct conf_section *sec;

	vec_each(sec, &f->sections)
		if ((sec->kind->keys == ipsec_keys) == ipsec &&
		    sec->title.text)
			take_section(sec, dir, set, vec_add(&out->instances),
				     d);
}

static char *own_path(const struct conf_section *sec, const char *key,
		      const char *dir)
{
	const char *value = conf_file_text(sec, key);

	return value ? dir_join(dir, value) : NULL;
}

/* The value was checked when it was read. */
static uint16_t get_number(const struct conf_section *sec, const char *key,
			   unsigned int unset)
{
	const char *text = conf_file_text(sec, key);

	if (text)
		scan_decimal(str_of(text), UINT16_MAX, &unset);
	return (uint16_t)unset;
}

static void take_lists(const struct conf_section *top, const char *dir,
		       struct conf *out)
{
	const struct conf_setting *tests = conf_file_find(top, "tests");
	const struct conf_setting *ignore = conf_file_find(top,
							   "doctor-ignore");
	const struct conf_text *value;

	if (tests)
		vec_each(value, &tests->values)
			vec_push(&out->tests, dir_join(dir, value->text));
	if (!ignore)
		return;
	vec_each(value, &ignore->values)
		vec_push(&out->doctor_ignore, ((struct conf_ignore){
			.name = mem_copy(value->text), .at = value->at,
		}));
}

static void take_top(const struct conf_section *top, const char *dir,
		     struct conf *out)
{
	const char *table = conf_file_text(top, "iptables-table");

	take_lists(top, dir, out);
	out->policy = own_path(top, "policy", dir);
	out->groups = own_path(top, "groups", dir);
	out->state_dir = own_path(top, "state-dir", dir);
	out->default_policy = conf_file_is_on(top, "default-policy");
	out->grace = get_number(top, "grace", DEFAULT_GRACE);
	out->backend = mem_copy(conf_file_text(top, "backend"));
	if (table)
		conf_parse_table(table, &out->ipt.table);
	out->nat = mem_copy(conf_file_text(top, "nat"));
	out->ipt.accept = conf_file_is_on(top, "iptables-final-accept");
	out->log = (struct log_options){
		.on = conf_file_text(top, "log-group"),
		.group = get_number(top, "log-group", 0),
		.rate = get_number(top, "log-rate", LOG_RATE_DEFAULT),
	};
}

/* As conf_load. */
static int take_file(const struct conf_file *f, const char *dir,
		     struct sources *set, struct conf *out, struct diag *d)
{
	int err = 0;

	take_top(&f->top, dir, out);
	if (!out->policy)
		err = diag_error(d, f->top.at, -EINVAL, "no policy: give policy = \"DIRECTORY\"");
	if (!f->sections.n)
		err = diag_error(d, f->top.at, -EINVAL, "no server: give openvpn NAME { ... } or ipsec NAME { ... }");
	take_sections(f, dir, false, set, out, d);
	take_sections(f, dir, true, set, out, d);
	conf_ipsec_check(out, d);
	return err;
}

int conf_pick(struct conf *out, const char *name, struct diag *d)
{
	size_t i;

	for (i = 0; name && i < out->instances.n; i++) {
		if (strcmp(out->instances.v[i].name, name))
			continue;
		out->picked = i;
		return 0;
	}
	out->bad_options = name;
	return name ? diag_error(d, LOC_NONE, -EINVAL, "no server \"%s\" in the configuration",
				 name) : 0;
}

const char *conf_path(const struct conf_options *opt)
{
	if (opt->openvpn || opt->policy || opt->ccd || opt->ipp ||
	    opt->topology || opt->dev)
		return NULL;
	return opt->file ? opt->file : DEFAULT_FILE;
}

static int from_file(const struct conf_options *opt, struct sources *set,
		     struct conf *out, struct diag *d)
{
	const char *path = conf_path(opt);
	const char *slash = strrchr(path, '/');
	const struct source *src;
	struct diag silent = { 0 };
	struct conf_file file;
	char *dir;
	int err = source_load(set, AT_FDCWD, path, path, &src);

	if (err)
		return diag_error(d, LOC_NONE, err, "cannot read \"%s\": %s",
				  path, strerror(-err));
	dir = slash ? mem_dup(path, slash == path ? 1 : slash - path)
		       : mem_dup(".", 1);
	err = conf_file_parse(src, kinds, &file, d);
	if (err)
		take_file(&file, dir, set, out, &silent);
	else
		err = take_file(&file, dir, set, out, d);
	conf_file_fini(&file);
	free(dir);
	return err ? err : conf_pick(out, opt->instance, d);
}

int conf_load(const struct conf_options *opt, struct sources *set,
	      struct conf *out, struct diag *d)
{
	struct diag_once once = { 0 };	/* sections may share a server.conf */
	int err;

	*out = (struct conf){ .grace = DEFAULT_GRACE };
	d->once = &once;
	if (!conf_path(opt)) {
		err = from_options(opt, set, out, d);
		out->bad_options = out->bad_options && err;
	} else {
		err = from_file(opt, set, out, d);
	}
	d->once = NULL;
	vec_fini(&once.list);
	if (opt->state_dir) {
		free(out->state_dir);
		out->state_dir = mem_copy(opt->state_dir);
	}
	if (!out->state_dir)
		out->state_dir = mem_copy(DEFAULT_STATE);
	return err;
}

bool conf_lacks_server(const struct conf *conf, struct str server)
{
	const struct instance *in;

	vec_each(in, &conf->instances)
		if (in->name && str_equal(server, str_of(in->name)))
			return false;
	vec_each(in, &conf->shut)
		if (in->name && str_equal(server, str_of(in->name)))
			return false;
	return true;
}

const struct instance *conf_next_bad(const struct conf *conf,
				     const struct instance *after)
{
	const struct instance *in = after ? after + 1 : conf->instances.v;

	while (in < vec_end(&conf->instances) && !in->bad)
		in++;
	return in < vec_end(&conf->instances) ? in : NULL;
}

bool conf_has_ipsec(const struct conf *conf)
{
	const struct instance *in;

	vec_each(in, &conf->instances)
		if (in->ipsec)
			return true;
	return false;
}

bool conf_dev_matches(const char *dev, const char *name)
{
	return tundev_means(dev, str_of(name));
}

static bool range_overlaps(const struct addr *first, const struct addr *end,
			   const struct prefix *net)
{
	struct addr last = prefix_last(net);
	size_t n = family_bytes(net->family);

	return memcmp(last.b, first->b, n) >= 0 &&
	       memcmp(net->addr.b, end->b, n) <= 0;
}

bool instance_pool_overlaps(const struct instance *in, const struct prefix *net)
{
	if (net->family == FAMILY_IP4)
		return in->has_pool && range_overlaps(&in->pool_first,
						      &in->pool_last, net);
	return in->has_pool6 && range_overlaps(&in->pool6_first,
					       &in->pool6_last, net);
}

static bool net_overlaps(const struct instance *in, const struct prefix *net)
{
	if (net->family == FAMILY_IP4)
		return in->has_net && range_overlaps(&in->net_first,
						     &in->net_last, net);
	return in->has_net6 && range_overlaps(&in->net6_first,
					      &in->net6_last, net);
}

bool instance_knows_addresses(const struct instance *in, unsigned int family)
{
	if (family == FAMILY_IP4)
		return in->ipsec || in->has_net || in->has_pool;
	return in->ipsec || in->has_net6 || in->has_pool6;
}

bool instance_overlaps(const struct instance *in, const struct prefix *net)
{
	const struct prefix *own;

	if (!in->ipsec)
		return instance_pool_overlaps(in, net) || net_overlaps(in, net);
	vec_each(own, &in->ipsec->clients)
		if (own->family == net->family &&
		    (prefix_covers(own, net) || prefix_covers(net, own)))
			return true;
	return false;
}

bool instance_is_known(const struct instance *in)
{
	return in->ipsec ? in->ipsec->clients.n : in->dev != NULL;
}

void instance_fini(struct instance *in)
{
	free(in->name);
	free(in->dev);
	free(in->config);
	free(in->ccd);
	free(in->ipp);
	free(in->status);
	free(in->management);
	free(in->management_port);
	free(in->management_pw);
	free(in->workdir);
	ipsec_free(in->ipsec);
}

void conf_fini(struct conf *conf)
{
	struct instance *in;
	struct conf_ignore *ignore;
	char **text;

	vec_each(text, &conf->tests)
		free(*text);
	vec_fini(&conf->tests);
	vec_each(ignore, &conf->doctor_ignore)
		free(ignore->name);
	vec_fini(&conf->doctor_ignore);
	vec_each(in, &conf->instances)
		instance_fini(in);
	vec_fini(&conf->instances);
	vec_each(in, &conf->shut)
		instance_fini(in);
	vec_fini(&conf->shut);
	free(conf->state_dir);
	free(conf->policy);
	free(conf->groups);
	free(conf->backend);
	free(conf->nat);
}
