/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <confuse.h>

#include "compiler/base/dir.h"
#include "compiler/base/scan.h"
#include "compiler/conf/conf_ipsec.h"
#include "compiler/conf/conf_place.h"
#include "compiler/conf/conf_server.h"
#include "compiler/conf/conf_value.h"

#define DEFAULT_FILE "/etc/vpnpf/vpnpf.conf"
#define DEFAULT_STATE "/run/vpnpf"

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
	if (opt->file)
		return diag_error(d, LOC_NONE, -EINVAL, "-c stands alone: without --openvpn, --policy, --ccd, --ipp, --topology and --dev");
	out->policy = mem_copy(opt->policy);
	if (!opt->policy)
		return diag_error(d, LOC_NONE, -EINVAL, "no policy: give --policy");
	if (conf_check_name(in->name, LOC_NONE, d) ||
	    (opt->dev && conf_check_dev(opt->dev, LOC_NONE, d)) ||
	    (opt->topology && conf_check_topology(opt->topology, LOC_NONE, d)))
		return -EINVAL;
	return conf_server_fill(in, &w, set, d);
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

/* What only some values can be; others just are not empty. */
static const struct value_check {
	const char *name;
	int (*check)(const char *text, struct loc at, struct diag *d);
} value_checks[] = {
	{ "clients", check_net },
	{ "dev", conf_check_dev },
	{ "iptables-table", conf_check_table },
	{ "local", check_local },
	{ "log-group", conf_check_log_group },
	{ "log-rate", conf_check_log_rate },
	{ "management", conf_check_management },
	{ "topology", conf_check_topology },
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

/* Called when a section is read: its line is then that of its "}". */
static int check_section(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *sec = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	struct loc at = conf_places_line(&reading.places, cfg->line);

	return conf_check_name(cfg_title(sec), at, reading.d) ? -1 : 0;
}

static const char *get(cfg_t *cfg, const char *name)
{
	return cfg_getstr(cfg, name);
}

static int take_section(cfg_t *sec, const char *folder, struct sources *set,
			struct conf *out)
{
	struct conf_override w = {
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
		.name = mem_copy(cfg_title(sec)),
		.at = conf_places_section(&reading.places, "openvpn",
					  cfg_title(sec)),
	};
	return conf_server_fill(in, &w, set, reading.d);
}

static char *own_path(cfg_t *cfg, const char *name, const char *folder)
{
	const char *value = get(cfg, name);

	return value ? dir_join(folder, value) : NULL;
}

static void take_tests(cfg_t *cfg, const char *folder, struct conf *out)
{
	unsigned int i;

	for (i = 0; i < cfg_size(cfg, "tests"); i++)
		vec_push(&out->tests,
			 dir_join(folder, cfg_getnstr(cfg, "tests", i)));
}

/* One that was checked as it was read. */
static uint16_t get_number(cfg_t *cfg, const char *name, unsigned int unset)
{
	const char *text = get(cfg, name);

	if (text)
		scan_decimal(str_of(text), UINT16_MAX, &unset);
	return (uint16_t)unset;
}

static void take_silence(cfg_t *cfg, struct conf *out)
{
	unsigned int i;

	for (i = 0; i < cfg_size(cfg, "silence"); i++)
		vec_push(&out->silence, ((struct conf_silence){
			.name = mem_copy(cfg_getnstr(cfg, "silence", i)),
			.at = conf_places_find(&reading.places, cfg, "silence",
					       i),
		}));
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
	take_silence(cfg, out);
	out->state_dir = own_path(cfg, "state-dir", folder);
	out->default_policy = cfg_getbool(cfg, "default-policy");
	out->backend = mem_copy(get(cfg, "backend"));
	out->ipt.security = get(cfg, "iptables-table") &&
			    !strcmp(get(cfg, "iptables-table"), "security");
	out->ipt.accept = cfg_getbool(cfg, "iptables-accept");
	out->log = (struct log_options){
		.on = get(cfg, "log-group"),
		.group = get_number(cfg, "log-group", 0),
		.rate = get_number(cfg, "log-rate", LOG_RATE_DEFAULT),
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

/* Those that check_value looks at. */
static const char *const paths[] = {
	"policy", "groups", "tests", "silence", "state-dir", "backend",
	"iptables-table", "log-group", "log-rate", "openvpn|config",
	"openvpn|dev", "openvpn|ccd", "openvpn|ipp", "openvpn|status",
	"openvpn|management", "openvpn|management-password",
	"openvpn|topology", "ipsec|dev", "ipsec|local",
	"ipsec|clients", "ipsec|ipp",
};

/* No CFG_FUNC: the file includes nothing and runs nothing. */
static cfg_t *new_grammar(void)
{
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
		CFG_STR("log-group", NULL, CFGF_NONE),
		CFG_STR("log-rate", NULL, CFGF_NONE),
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
		out->state_dir = mem_copy(opt->state_dir);
	}
	if (!out->state_dir)
		out->state_dir = mem_copy(DEFAULT_STATE);
	return err;
}

void conf_fini(struct conf *conf)
{
	struct instance *in;
	struct conf_silence *silence;
	char **text;

	vec_each(text, &conf->tests)
		free(*text);
	vec_fini(&conf->tests);
	vec_each(silence, &conf->silence)
		free(silence->name);
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
