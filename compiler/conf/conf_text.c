/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf/conf_text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/scan.h"
#include "compiler/conf/conf_file.h"
#include "compiler/conf/conf_value.h"

enum kind {
	TEXT,			/* char *, or NULL */
	PATH,			/* the same; printed absolute */
	SOCKET,			/* the same, if it has a "/" */
	SWITCH,			/* bool */
	NUMBER,			/* unsigned int */
	SHORT,			/* uint16_t */
	TABLE,			/* enum rule_table */
	TOPOLOGY,		/* enum topology */
	ADDRESS,		/* struct addr, IPv4 */
	ADDRESS6,		/* struct addr, IPv6 */
	PREFIX,			/* struct prefix; length 0: none */
	PLACE,			/* struct loc: its text is kept */
	TEXTS,			/* VEC(char *) */
	PATHS,			/* the same; printed absolute */
	PREFIXES,		/* VEC(struct prefix) */
};

struct field {
	const char *name;
	enum kind kind;
	size_t at;		/* in its struct */
};

#define FIELDS_MAX 64

static const struct field conf_fields[] = {
	{ "backend", TEXT, offsetof(struct conf, backend) },
	{ "default-policy", SWITCH, offsetof(struct conf, default_policy) },
	{ "grace", NUMBER, offsetof(struct conf, grace) },
	{ "groups", PATH, offsetof(struct conf, groups) },
	{ "iptables-accept", SWITCH, offsetof(struct conf, ipt.accept) },
	{ "iptables-table", TABLE, offsetof(struct conf, ipt.table) },
	{ "log", SWITCH, offsetof(struct conf, log.on) },
	{ "log-group", SHORT, offsetof(struct conf, log.group) },
	{ "log-rate", SHORT, offsetof(struct conf, log.rate) },
	{ "nat", TEXT, offsetof(struct conf, nat) },
	{ "policy", PATH, offsetof(struct conf, policy) },
	{ "state-dir", PATH, offsetof(struct conf, state_dir) },
	{ "tests", PATHS, offsetof(struct conf, tests) },
	{ 0 }
};

static const struct field instance_fields[] = {
	{ "bad", SWITCH, offsetof(struct instance, bad) },
	{ "bad-at", PLACE, offsetof(struct instance, bad_at) },
	{ "ccd", PATH, offsetof(struct instance, ccd) },
	{
		"client-to-client", PLACE,
		offsetof(struct instance, client_to_client_at),
	},
	{ "config", PATH, offsetof(struct instance, config) },
	{ "dco", SWITCH, offsetof(struct instance, dco) },
	{ "dev", TEXT, offsetof(struct instance, dev) },
	{ "ipp", PATH, offsetof(struct instance, ipp) },
	{ "management", SOCKET, offsetof(struct instance, management) },
	{ "management-port", TEXT, offsetof(struct instance, management_port) },
	{ "management-pw", PATH, offsetof(struct instance, management_pw) },
	{ "net", SWITCH, offsetof(struct instance, has_net) },
	{ "net-first", ADDRESS, offsetof(struct instance, net_first) },
	{ "net-last", ADDRESS, offsetof(struct instance, net_last) },
	{ "net6", SWITCH, offsetof(struct instance, has_net6) },
	{ "net6-first", ADDRESS6, offsetof(struct instance, net6_first) },
	{ "net6-last", ADDRESS6, offsetof(struct instance, net6_last) },
	{ "no-dco", SWITCH, offsetof(struct instance, no_dco) },
	{ "own", SWITCH, offsetof(struct instance, has_own) },
	{ "own-address", ADDRESS, offsetof(struct instance, own) },
	{ "own6", SWITCH, offsetof(struct instance, has_own6) },
	{ "own6-address", ADDRESS6, offsetof(struct instance, own6) },
	{ "pool", SWITCH, offsetof(struct instance, has_pool) },
	{ "pool-first", ADDRESS, offsetof(struct instance, pool_first) },
	{ "pool-last", ADDRESS, offsetof(struct instance, pool_last) },
	{ "pool6", SWITCH, offsetof(struct instance, has_pool6) },
	{ "pool6-first", ADDRESS6, offsetof(struct instance, pool6_first) },
	{ "pool6-last", ADDRESS6, offsetof(struct instance, pool6_last) },
	{ "status", PATH, offsetof(struct instance, status) },
	{
		"status-seconds", NUMBER,
		offsetof(struct instance, status_seconds),
	},
	{ "tap", SWITCH, offsetof(struct instance, tap) },
	{ "topology", TOPOLOGY, offsetof(struct instance, topology) },
	{ "workdir", PATH, offsetof(struct instance, workdir) },
	{ 0 }
};

static const struct field ipsec_fields[] = {
	{ "devs", TEXTS, offsetof(struct ipsec, devs) },
	{ "ike", SWITCH, offsetof(struct ipsec, ike) },
	{ "inside", TEXTS, offsetof(struct ipsec, inside) },
	{ "local", PREFIXES, offsetof(struct ipsec, ends) },
	{ "networks", PREFIXES, offsetof(struct ipsec, clients) },
	{ "site-to-site", SWITCH, offsetof(struct ipsec, site_to_site) },
	{ "xfrm", TEXTS, offsetof(struct ipsec, xfrm) },
	{ 0 }
};

static void put_text(FILE *f, const char *text)
{
	putc('"', f);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', f);
		putc(*text, f);
	}
	putc('"', f);
}

/* A later call may have another working directory. */
static void put_path(FILE *f, const char *path)
{
	char *dir = *path == '/' ? NULL : realpath(".", NULL);
	char *text = dir ? mem_printf("%s/%s", dir, path) : mem_copy(path);

	put_text(f, text);
	free(text);
	free(dir);
}

static void put_comma(FILE *f, bool first)
{
	fputs(first ? "" : ", ", f);
}

static bool is_list(const struct field *field)
{
	return field->kind == TEXTS || field->kind == PATHS ||
	       field->kind == PREFIXES;
}

static void put_list(FILE *f, const struct field *field, const void *base)
{
	const void *value = (const char *)base + field->at;
	const struct prefixes *nets = value;
	const struct texts *texts = value;
	const struct prefix *net;
	char text[ADDR_TEXT];
	char *const *word;

	putc('{', f);
	if (field->kind == PREFIXES) {
		vec_each(net, nets) {
			put_comma(f, net == nets->v);
			put_text(f, prefix_format(net, text));
		}
	} else {
		vec_each(word, texts) {
			put_comma(f, word == texts->v);
			if (field->kind == PATHS)
				put_path(f, *word);
			else
				put_text(f, *word);
		}
	}
	putc('}', f);
}

/* The value as text, in BUF or lent; NULL: not set. */
static const char *format_value(const struct field *field, const void *base,
				char *buf, size_t size)
{
	const void *value = (const char *)base + field->at;
	char text[ADDR_TEXT];
	struct loc at;

	switch (field->kind) {
	case TEXT:
	case PATH:
	case SOCKET:
		return *(char *const *)value;
	case SWITCH:
		return *(const bool *)value ? "yes" : NULL;
	case NUMBER:
		snprintf(buf, size, "%u", *(const unsigned int *)value);
		return buf;
	case SHORT:
		snprintf(buf, size, "%u", *(const uint16_t *)value);
		return buf;
	case TABLE:
		return rule_table_name(*(const enum rule_table *)value);
	case TOPOLOGY:
		return topology_name(*(const enum topology *)value);
	case ADDRESS:
		snprintf(buf, size, "%s", prefix_format(&(struct prefix){
			.addr = *(const struct addr *)value, .len = 32 },
			text));
		return buf;
	case ADDRESS6:
		snprintf(buf, size, "%s", prefix_format(&(struct prefix){
			.addr = *(const struct addr *)value, .len = 128,
			.family = FAMILY_IP6 }, text));
		return buf;
	case PREFIX:
		if (!((const struct prefix *)value)->len)
			return NULL;
		snprintf(buf, size, "%s", prefix_format(value, text));
		return buf;
	case PLACE:
		at = *(const struct loc *)value;
		loc_format(at, buf, size);
		return *buf ? buf : NULL;
	case TEXTS:
	case PATHS:
	case PREFIXES:
		break;
	}
	return NULL;
}

static void put_fields(FILE *f, const struct field *field, const void *base)
{
	const char *text;
	char buf[4096];

	for (; field->name; field++) {
		if (is_list(field)) {
			fprintf(f, "%s = ", field->name);
			put_list(f, field, base);
			putc('\n', f);
			continue;
		}
		text = format_value(field, base, buf, sizeof(buf));
		if (!text || !*text)
			continue;
		fprintf(f, "%s = ", field->name);
		if (field->kind == PATH ||
		    (field->kind == SOCKET && strchr(text, '/')))
			put_path(f, text);
		else
			put_text(f, text);
		putc('\n', f);
	}
}

void conf_text_print(const struct conf *conf, const char *path, FILE *f)
{
	const struct instance *in;

	fputs("path = ", f);
	put_text(f, path);
	putc('\n', f);
	put_fields(f, conf_fields, conf);
	vec_each(in, &conf->instances) {
		fputs(in->ipsec ? "ipsec " : "openvpn ", f);
		put_text(f, in->name);
		fputs(" {\n", f);
		put_fields(f, instance_fields, in);
		if (in->ipsec)
			put_fields(f, ipsec_fields, in->ipsec);
		fputs("}\n", f);
	}
}

static bool parse_number(const char *text, unsigned int most, unsigned int *out)
{
	return scan_decimal(str_of(text), most, out);
}

static bool parse_list(const struct field *field,
		       const struct conf_setting *s, void *base)
{
	void *value = (char *)base + field->at;
	struct prefixes *nets = value;
	struct texts *texts = value;
	const struct conf_text *word;

	vec_each(word, &s->values)
		if (field->kind != PREFIXES)
			vec_push(texts, mem_copy(word->text));
		else if (prefix_parse(str_of(word->text), vec_add(nets)))
			return false;
	return true;
}

static bool parse_address(const char *text, unsigned int family,
			  struct addr *out)
{
	struct prefix p;

	if (prefix_parse(str_of(text), &p) || !prefix_is_host(&p) ||
	    p.family != family)
		return false;
	*out = p.addr;
	return true;
}

static bool parse_value(const struct field *field, const char *text,
			void *base, struct sources *set)
{
	void *value = (char *)base + field->at;
	unsigned int number;

	switch (field->kind) {
	case TEXT:
	case PATH:
	case SOCKET:
		*(char **)value = mem_copy(text);
		return true;
	case SWITCH:
		*(bool *)value = true;
		return !strcmp(text, "yes");
	case NUMBER:
		return parse_number(text, INT32_MAX, value);
	case SHORT:
		if (!parse_number(text, UINT16_MAX, &number))
			return false;
		*(uint16_t *)value = (uint16_t)number;
		return true;
	case TABLE:
		return conf_parse_table(text, value);
	case TOPOLOGY:
		return !topology_parse(text, value);
	case ADDRESS:
		return parse_address(text, FAMILY_IP4, value);
	case ADDRESS6:
		return parse_address(text, FAMILY_IP6, value);
	case PREFIX:
		return !prefix_parse(str_of(text), value);
	case PLACE:
		((struct loc *)value)->src = source_text(set, text, "", 0);
		return true;
	case TEXTS:
	case PATHS:
	case PREFIXES:
		break;
	}
	return false;
}

static bool parse_fields(const struct field *field,
			 const struct conf_section *sec, void *base,
			 struct sources *set)
{
	const struct conf_setting *s;

	for (; field->name; field++) {
		s = conf_file_find(sec, field->name);
		if (!s)
			continue;
		if (is_list(field)
		    ? !parse_list(field, s, base)
		    : !parse_value(field, s->values.v[0].text, base, set))
			return false;
	}
	return true;
}

/* There is one for each value. */
static void forget_places(struct ipsec *ipsec)
{
	while (ipsec->ends_at.n < ipsec->ends.n)
		vec_push(&ipsec->ends_at, LOC_NONE);
	while (ipsec->clients_at.n < ipsec->clients.n)
		vec_push(&ipsec->clients_at, LOC_NONE);
}

static bool parse_section(const struct conf_section *sec, bool ipsec,
			  struct sources *set, struct instance *out)
{
	*out = (struct instance){ .name = mem_copy(sec->title.text) };
	if (ipsec)
		out->ipsec = mem_zalloc(1, sizeof(*out->ipsec));
	if (!parse_fields(instance_fields, sec, out, set) || !out->workdir ||
	    (ipsec && !parse_fields(ipsec_fields, sec, out->ipsec, set)))
		return false;
	if (ipsec)
		forget_places(out->ipsec);
	return out->bad || instance_is_known(out);
}

/* Add the keys of FIELDS to KEYS; returns the end. */
static struct conf_key *add_keys(const struct field *field,
				 struct conf_key *key)
{
	for (; field->name; field++)
		*key++ = (struct conf_key){
			.name = field->name,
			.type = is_list(field) ? CONF_LIST : CONF_TEXT,
		};
	return key;
}

static bool parse_conf(const struct conf_file *f, const struct conf_kind *ipsec,
		       struct sources *set, struct conf *out)
{
	const struct conf_section *sec;

	if (!parse_fields(conf_fields, &f->top, out, set))
		return false;
	vec_each(sec, &f->sections)
		if (sec->bad || !parse_section(sec, sec->kind == ipsec, set,
					       vec_add(&out->instances)))
			return false;
	return out->policy && out->state_dir && out->instances.n;
}

bool conf_text_parse(const struct source *src, const char *path,
		     struct sources *set, struct conf *out)
{
	struct conf_key top[FIELDS_MAX] = { { .name = "path" } };
	struct conf_key openvpn[FIELDS_MAX] = { 0 }, ipsec[FIELDS_MAX] = { 0 };
	const struct conf_kind kinds[] = {
		{ "", top }, { "openvpn", openvpn }, { "ipsec", ipsec }, { 0 },
	};
	struct diag silent = { 0 };
	struct conf_file f;
	const char *kept;
	bool ok;

	add_keys(conf_fields, top + 1);
	add_keys(instance_fields, openvpn);
	add_keys(ipsec_fields, add_keys(instance_fields, ipsec));
	ok = !conf_file_parse(src, kinds, &f, &silent);
	kept = conf_file_text(&f.top, "path");
	ok = ok && kept && !strcmp(kept, path) &&
	     parse_conf(&f, &kinds[2], set, out);
	conf_file_fini(&f);
	return ok;
}
