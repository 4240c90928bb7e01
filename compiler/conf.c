/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <confuse.h>

#include "compiler/conf_ipsec.h"
#include "compiler/conf_place.h"
#include "compiler/ovconf.h"
#include "compiler/scan.h"

#define DEFAULT_FILE "/etc/vpnpf/vpnpf.conf"
#define DEFAULT_STATE "/run/vpnpf"
#define IFNAME_MAX 15

/*
 * libconfuse takes the end of the file for the end of a section or a comment.
 * So this is read as the file's last line, and must be found at the top.
 */
#define LAST "vpnpf-end-of-file"

/*
 * libconfuse hands its callbacks nothing of ours, and its own scanner is one
 * for the process: so the file being read is one for the process too.
 */
static struct {
	struct conf_places places;
	struct diag *d;
} reading;

static char *copy(const char *text)
{
	return text ? mem_dup(text, strlen(text)) : NULL;
}

static bool is_made_of(const char *s, size_t n, const char *others)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') &&
		    !(s[i] >= 'A' && s[i] <= 'Z') &&
		    !(s[i] >= '0' && s[i] <= '9') && !strchr(others, s[i]))
			return false;
	return n;
}

/* It goes into rules, so it must be one that the kernel can have. */
static bool is_dev(const char *dev)
{
	size_t n = strlen(dev);

	if (n && dev[n - 1] == '*')
		n--;
	return n <= IFNAME_MAX && is_made_of(dev, n, "_.:-");
}

static int check_dev(const char *dev, struct loc at, struct diag *d)
{
	if (is_dev(dev))
		return 0;
	return diag_error(d, at, -EINVAL, "no interface can be called \"%s\"",
			  dev);
}

static int check_name(const char *name, struct loc at, struct diag *d)
{
	if (is_made_of(name, strlen(name), "_.-"))
		return 0;
	return diag_error(d, at, -EINVAL, "\"%s\" is no name of a section: letters, digits, \"_\", \".\" and \"-\" only",
			  name);
}

static int check_table(const char *text, struct loc at, struct diag *d)
{
	if (!strcmp(text, "filter") || !strcmp(text, "security"))
		return 0;
	return diag_error(d, at, -EINVAL, "no table \"%s\": filter or security",
			  text);
}

static int check_topology(const char *text, struct loc at, struct diag *d)
{
	enum topology unused;

	if (!topology_parse(text, &unused))
		return 0;
	return diag_error(d, at, -EINVAL, "no topology \"%s\": net30, p2p or subnet",
			  text);
}

/* What an instance is told, before server.conf fills the gaps. */
struct wish {
	const char *config, *dev, *ccd, *ipp, *status, *topology;
	const char *management, *management_pw;
	const char *from;	/* folder of relative paths */
	const char *how;	/* how to give an interface */
	const char *how_topology;
};

static char *wish_path(const struct wish *w, const char *path)
{
	return path ? ovconf_join(w->from, path) : NULL;
}

static char *server_path(const struct ovconf *ov, const char *path)
{
	return path ? ovconf_join(ov->cd, path) : NULL;
}

/* After its start a server below a chroot sees that folder as "/". */
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

/* Three letters are no interface: the kernel adds a number of its choice. */
static char *server_dev(const struct ovconf *ov)
{
	if (!ov->dev)
		return NULL;
	if (strlen(ov->dev) > 3)
		return copy(ov->dev);
	return copy(ov->tap ? "tap*" : "tun*");
}

/* Of a server.conf: where and how the server listens. */
static void take_management(struct instance *in, const struct ovconf *ov)
{
	bool is_path;

	if (in->management || !ov->management)
		return;
	is_path = !strcmp(ov->management_port, "unix");
	in->management = is_path ? server_path(ov, ov->management)
				 : copy(ov->management);
	in->management_port = copy(ov->management_port);
	if (!in->management_pw && ov->management_pw &&
	    strcmp(ov->management_pw, "stdin") != 0)
		in->management_pw = server_path(ov, ov->management_pw);
}

static int take_server(struct instance *in, struct sources *set,
		       struct diag *d)
{
	struct ovconf ov;
	int err = ovconf_load(in->config, set, &ov, d);

	if (!in->dev) {
		in->dev = server_dev(&ov);
		if (!err && in->dev)
			err = check_dev(in->dev, ov.dev_at, d);
	}
	in->ccd = in->ccd ? in->ccd : server_ccd(&ov);
	in->ipp = in->ipp ? in->ipp : server_path(&ov, ov.ipp);
	if (!in->status)
		in->status_seconds = ov.status_seconds;
	in->status = in->status ? in->status : server_path(&ov, ov.status);
	take_management(in, &ov);
	in->workdir = ov.chroot ? server_path(&ov, ov.chroot) : copy(ov.cd);
	in->topology = ov.topology;
	in->tap = ov.tap;
	in->ccd_exclusive = ov.ccd_exclusive;
	in->duplicate_cn = ov.duplicate_cn;
	in->has_pool = ov.has_pool;
	in->pool_first = ov.pool_first;
	in->pool_last = ov.pool_last;
	in->client_to_client_at = ov.client_to_client_at;
	ovconf_fini(&ov);
	return err;
}

/* Without a server.conf, nobody but the user knows how ipp.txt was written. */
static int guess_server(struct instance *in, const struct wish *w,
			struct diag *d)
{
	in->workdir = copy("/");
	in->tap = in->dev && !strncmp(in->dev, "tap", 3);
	in->topology = TOPOLOGY_SUBNET;
	if (in->ipp && !w->topology && !in->tap)
		return diag_error(d, in->at, -EINVAL, "the topology must be known to read \"%s\": %s",
				  in->ipp, w->how_topology);
	return 0;
}

/* "127.0.0.1 7505", or a socket's path. */
static void wish_management(const struct wish *w, struct instance *in)
{
	const char *blank = strchr(w->management, ' ');

	if (!blank) {
		in->management = wish_path(w, w->management);
		in->management_port = copy("unix");
		return;
	}
	in->management = mem_dup(w->management,
				 (size_t)(blank - w->management));
	in->management_port = copy(blank + 1);
}

static int fill_instance(struct instance *in, const struct wish *w,
			 struct sources *set, struct diag *d)
{
	int err;

	in->config = wish_path(w, w->config);
	in->dev = copy(w->dev);
	in->ccd = wish_path(w, w->ccd);
	in->ipp = wish_path(w, w->ipp);
	in->status = wish_path(w, w->status);
	in->status_seconds = OVCONF_STATUS_SECONDS;
	in->management_pw = wish_path(w, w->management_pw);
	if (w->management)
		wish_management(w, in);
	err = in->config ? take_server(in, set, d) : guess_server(in, w, d);
	if (w->topology)
		topology_parse(w->topology, &in->topology);
	if (in->tap)
		in->topology = TOPOLOGY_SUBNET;
	if (!err && !in->dev)
		err = diag_error(d, in->at, -EINVAL, "no interface: %s",
				 w->how);
	return err;
}

static int from_options(const struct conf_options *opt, struct sources *set,
			struct conf *out, struct diag *d)
{
	struct wish w = {
		.config = opt->openvpn, .dev = opt->dev, .ccd = opt->ccd,
		.ipp = opt->ipp, .topology = opt->topology, .from = ".",
		.how = "give --dev",
		.how_topology = "give --topology net30, p2p or subnet",
	};
	struct instance *in = vec_add(&out->instances);

	*in = (struct instance){
		.name = copy(opt->instance ? opt->instance : "openvpn"),
	};
	if (opt->file)
		return diag_error(d, LOC_NONE, -EINVAL, "-c stands alone: without --openvpn, --policy, --ccd, --ipp, --topology and --dev");
	out->policy = copy(opt->policy);
	if (!opt->policy)
		return diag_error(d, LOC_NONE, -EINVAL, "no policy: give --policy");
	if (check_name(in->name, LOC_NONE, d) ||
	    (opt->dev && check_dev(opt->dev, LOC_NONE, d)) ||
	    (opt->topology && check_topology(opt->topology, LOC_NONE, d)))
		return -EINVAL;
	return fill_instance(in, &w, set, d);
}

__attribute__((format(printf, 2, 0)))
static void say_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	diag_error(reading.d, conf_places_line(&reading.places, cfg->line), 0,
		   "%s",
		   text ? text : fmt);
	free(text);
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

/* A path, or an address and a port with a blank between. */
static int check_management(const char *text, struct loc at, struct diag *d)
{
	const char *blank = strchr(text, ' ');
	struct prefix host;
	unsigned int port;

	if (!blank ? strchr(text, '/') != NULL :
	    !prefix_parse((struct str){ text, (size_t)(blank - text) },
			  &host) && prefix_is_host(&host) &&
	    scan_decimal(str_of(blank + 1), 65535, &port) && port)
		return 0;
	return diag_error(d, at, -EINVAL, "\"%s\" is neither a path of a socket nor an address and a port",
			  text);
}

/* What only some values can be; others just are not empty. */
static const struct value_check {
	const char *name;
	int (*check)(const char *text, struct loc at, struct diag *d);
} value_checks[] = {
	{ "clients", check_net },
	{ "dev", check_dev },
	{ "iptables-table", check_table },
	{ "local", check_local },
	{ "management", check_management },
	{ "topology", check_topology },
};

static int check_value(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct conf_value v = {
		.section = cfg, .name = cfg_opt_name(opt),
		.index = cfg_opt_size(opt) - 1,
	};
	const char *value = cfg_opt_getnstr(opt, v.index);
	struct loc at = conf_places_add(&reading.places, v, cfg->line,
					value ? value : "");
	size_t i;

	if (!value || !value[0])
		return diag_error(reading.d, at, -1, "\"%s\" is empty",
				  v.name);
	for (i = 0; i < sizeof(value_checks) / sizeof(*value_checks); i++)
		if (!strcmp(v.name, value_checks[i].name))
			return value_checks[i].check(value, at, reading.d)
				? -1 : 0;
	return 0;
}

/* libconfuse has seen that it is a number. */
static int check_number(cfg_t *cfg, cfg_opt_t *opt)
{
	const bool group = !strcmp(cfg_opt_name(opt), "log-group");
	const long most = group ? UINT16_MAX : LOG_RATE_MAX;
	long value = cfg_opt_getnint(opt, cfg_opt_size(opt) - 1);

	if (value >= !group && value <= most)
		return 0;
	return diag_error(reading.d,
			  conf_places_line(&reading.places, cfg->line), -1,
			  "\"%s\" is %ld, which is not from %d to %ld",
			  cfg_opt_name(opt), value, !group, most);
}

/* Called when a section is read: its line is then that of its "}". */
static int check_section(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *sec = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	struct loc at = conf_places_line(&reading.places, cfg->line);

	return check_name(cfg_title(sec), at, reading.d) ? -1 : 0;
}

static const char *get(cfg_t *cfg, const char *name)
{
	return cfg_getstr(cfg, name);
}

static int take_section(cfg_t *sec, const char *folder, struct sources *set,
			struct conf *out)
{
	struct wish w = {
		.config = get(sec, "config"), .dev = get(sec, "dev"),
		.ccd = get(sec, "ccd"), .ipp = get(sec, "ipp"),
		.status = get(sec, "status"),
		.management = get(sec, "management"),
		.management_pw = get(sec, "management-password"),
		.topology = get(sec, "topology"), .from = folder,
		.how = "give dev or config in this section",
		.how_topology = "give topology or config in this section",
	};
	struct instance *in = vec_add(&out->instances);

	*in = (struct instance){
		.name = copy(cfg_title(sec)),
		.at = conf_places_section(&reading.places, "openvpn",
					  cfg_title(sec)),
	};
	return fill_instance(in, &w, set, reading.d);
}

static char *own_path(cfg_t *cfg, const char *name, const char *folder)
{
	const char *value = get(cfg, name);

	return value ? ovconf_join(folder, value) : NULL;
}

static void take_tests(cfg_t *cfg, const char *folder, struct conf *out)
{
	unsigned int i;

	for (i = 0; i < cfg_size(cfg, "tests"); i++)
		vec_push(&out->tests,
			 ovconf_join(folder, cfg_getnstr(cfg, "tests", i)));
}

static int take_file(cfg_t *cfg, const char *folder, struct sources *set,
		     struct conf *out)
{
	unsigned int i, n = cfg_size(cfg, "openvpn");
	unsigned int n_ipsec = cfg_size(cfg, "ipsec");
	struct loc top = { .src = reading.places.src };
	int err, first = 0;

	out->policy = own_path(cfg, "policy", folder);
	out->groups = own_path(cfg, "groups", folder);
	take_tests(cfg, folder, out);
	for (i = 0; i < cfg_size(cfg, "silence"); i++)
		vec_push(&out->silence, copy(cfg_getnstr(cfg, "silence", i)));
	out->state_dir = own_path(cfg, "state-dir", folder);
	out->default_policy = cfg_getbool(cfg, "default-policy");
	out->backend = copy(get(cfg, "backend"));
	out->ipt.security = get(cfg, "iptables-table") &&
			    !strcmp(get(cfg, "iptables-table"), "security");
	out->ipt.accept = cfg_getbool(cfg, "iptables-accept");
	out->log = (struct log_options){
		.on = cfg_getint(cfg, "log-group") >= 0,
		.group = (uint16_t)cfg_getint(cfg, "log-group"),
		.rate = (uint16_t)cfg_getint(cfg, "log-rate"),
	};
	if (!out->policy)
		first = diag_error(reading.d, top, -EINVAL, "no policy: give policy = \"FOLDER\"");
	if (!n && !n_ipsec)
		first = diag_error(reading.d, top, -EINVAL, "no server: give openvpn NAME { ... } or ipsec NAME { ... }");
	for (i = 0; i < n; i++) {
		err = take_section(cfg_getnsec(cfg, "openvpn", i), folder,
				   set, out);
		first = first ? first : err;
	}
	for (i = 0; i < n_ipsec; i++) {
		err = conf_ipsec_take(cfg_getnsec(cfg, "ipsec", i), folder,
				      &reading.places,
				      vec_add(&out->instances), reading.d);
		first = first ? first : err;
	}
	return first ? first : conf_ipsec_check(out, reading.d);
}

/* No CFG_FUNC: the file includes nothing and runs nothing. */
static cfg_t *new_grammar(void)
{
	static const char *const paths[] = {
		"policy", "groups", "tests", "silence", "state-dir", "backend",
		"iptables-table", "openvpn|config",
		"openvpn|dev", "openvpn|ccd", "openvpn|ipp", "openvpn|status",
		"openvpn|management", "openvpn|management-password",
		"openvpn|topology", "ipsec|dev", "ipsec|local",
		"ipsec|clients", "ipsec|ipp",
	};
	cfg_opt_t server[] = {
		CFG_STR("config", NULL, CFGF_NONE),
		CFG_STR("dev", NULL, CFGF_NONE),
		CFG_STR("ccd", NULL, CFGF_NONE),
		CFG_STR("ipp", NULL, CFGF_NONE),
		CFG_STR("status", NULL, CFGF_NONE),
		CFG_STR("management", NULL, CFGF_NONE),
		CFG_STR("management-password", NULL, CFGF_NONE),
		CFG_STR("topology", NULL, CFGF_NONE),
		CFG_BOOL(LAST, cfg_false, CFGF_NONE),
		CFG_END()
	};
	cfg_opt_t ipsec[] = {
		CFG_STR("dev", NULL, CFGF_NONE),
		CFG_STR("local", NULL, CFGF_NONE),
		CFG_STR_LIST("clients", NULL, CFGF_NONE),
		CFG_STR("ipp", NULL, CFGF_NONE),
		CFG_BOOL("ike", cfg_false, CFGF_NONE),
		CFG_BOOL(LAST, cfg_false, CFGF_NONE),
		CFG_END()
	};
	cfg_opt_t all[] = {
		CFG_STR("policy", NULL, CFGF_NONE),
		CFG_STR("groups", NULL, CFGF_NONE),
		CFG_STR_LIST("tests", NULL, CFGF_NONE),
		CFG_STR_LIST("silence", NULL, CFGF_NONE),
		CFG_STR("state-dir", NULL, CFGF_NONE),
		CFG_BOOL("default-policy", cfg_false, CFGF_NONE),
		CFG_STR("backend", NULL, CFGF_NONE),
		CFG_STR("iptables-table", NULL, CFGF_NONE),
		CFG_BOOL("iptables-accept", cfg_false, CFGF_NONE),
		CFG_INT("log-group", -1, CFGF_NONE),
		CFG_INT("log-rate", LOG_RATE_DEFAULT, CFGF_NONE),
		CFG_SEC("openvpn", server,
			CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("ipsec", ipsec,
			CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_BOOL(LAST, cfg_false, CFGF_NONE),
		CFG_END()
	};
	cfg_t *cfg = cfg_init(all, CFGF_NONE);
	unsigned int i;

	if (!cfg)
		return NULL;
	cfg_set_error_function(cfg, say_error);
	for (i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		cfg_set_validate_func(cfg, paths[i], check_value);
	cfg_set_validate_func(cfg, "log-group", check_number);
	cfg_set_validate_func(cfg, "log-rate", check_number);
	cfg_set_validate_func(cfg, "openvpn", check_section);
	cfg_set_validate_func(cfg, "ipsec", check_section);
	return cfg;
}

static int parse_text(cfg_t *cfg, const struct conf_places *places,
		      struct diag *d)
{
	struct loc end = {
		places->src, (unsigned int)places->src->size, 0
	};
	char *text = mem_printf("%s\n" LAST " = yes\n", places->text);
	unsigned int before = d->errors;
	int got = cfg_parse_buf(cfg, text);

	free(text);
	if (got == CFG_SUCCESS && cfg_getbool(cfg, LAST))
		return 0;
	if (d->errors == before)
		diag_error(d, end, 0, "a section or a comment has no end");
	return -EINVAL;
}

static int parse_file(const struct source *src, const char *folder,
		      struct sources *set, struct conf *out)
{
	const char *nul = memchr(src->text, '\0', src->size);
	cfg_t *cfg;
	int err;

	if (nul)
		return diag_error(reading.d, loc_of(src, (struct str){ nul, 1 }),
				  -EINVAL, "a NUL byte: this is no text");
	cfg = new_grammar();
	if (!cfg)
		return diag_error(reading.d, LOC_NONE, -ENOMEM, "libconfuse does not start");
	conf_places_init(&reading.places, src);
	err = parse_text(cfg, &reading.places, reading.d);
	if (!err)
		err = take_file(cfg, folder, set, out);
	conf_places_fini(&reading.places);
	cfg_free(cfg);
	return err;
}

static int pick(const char *name, struct conf *out, struct diag *d)
{
	size_t i;

	for (i = 0; name && i < out->instances.n; i++) {
		if (strcmp(out->instances.v[i].name, name))
			continue;
		out->picked = i;
		return 0;
	}
	return name ? diag_error(d, LOC_NONE, -EINVAL, "no server \"%s\" in the configuration",
				 name) : 0;
}

static int from_file(const struct conf_options *opt, struct sources *set,
		     struct conf *out, struct diag *d)
{
	const char *path = opt->file ? opt->file : DEFAULT_FILE;
	const char *slash = strrchr(path, '/');
	const struct source *src;
	char *folder;
	int err = source_load(set, AT_FDCWD, path, path, &src);

	if (err)
		return diag_error(d, LOC_NONE, err, "cannot read \"%s\": %s",
				  path, strerror(-err));
	folder = slash ? mem_dup(path, slash == path ? 1 : slash - path)
		       : mem_dup(".", 1);
	reading.d = d;
	err = parse_file(src, folder, set, out);
	reading.d = NULL;
	free(folder);
	return err ? err : pick(opt->instance, out, d);
}

int conf_load(const struct conf_options *opt, struct sources *set,
	      struct conf *out, struct diag *d)
{
	int err;

	*out = (struct conf){ 0 };
	if (opt->openvpn || opt->policy || opt->ccd || opt->ipp ||
	    opt->topology || opt->dev)
		err = from_options(opt, set, out, d);
	else
		err = from_file(opt, set, out, d);
	if (opt->state_dir) {
		free(out->state_dir);
		out->state_dir = copy(opt->state_dir);
	}
	if (!out->state_dir)
		out->state_dir = copy(DEFAULT_STATE);
	return err;
}

void conf_fini(struct conf *conf)
{
	struct instance *in;
	char **text;

	vec_each(text, &conf->tests)
		free(*text);
	vec_fini(&conf->tests);
	vec_each(text, &conf->silence)
		free(*text);
	vec_fini(&conf->silence);
	vec_each(in, &conf->instances) {
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
	vec_fini(&conf->instances);
	free(conf->state_dir);
	free(conf->policy);
	free(conf->groups);
	free(conf->backend);
}
