/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_ext.h"

#include <errno.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/endpoint.h"

/* The number of matches that are kept; a new one replaces an old one. */
#define SLOTS 512

/* The most words of a match. */
#define WORDS 16

struct slot {
	uint64_t key;
	struct xt_entry_match *m;	/* owned; NULL: free */
};

struct ipt_ext {
	const struct ipt_xt *xt;
	struct xtables_globals globals;
	unsigned int family;		/* that is set in libxtables */
	struct slot slots[SLOTS];
	struct xt_entry_target *log;	/* built last; owned, or NULL */
};

/* The words of a match in a command: "tcp --dport 80". */
struct words {
	char *v[WORDS + 1];
	int n;
	char room[256];
	size_t used;
};

/* The target of longjmp after an error of libxtables, whose callback takes no
 * argument. */
static struct {
	jmp_buf back;
	char text[256];
} trouble;

static __attribute__((noreturn, format(printf, 2, 3)))
void take_error(enum xtables_exittype status, const char *fmt, ...)
{
	va_list ap;

	(void)status;
	va_start(ap, fmt);
	vsnprintf(trouble.text, sizeof(trouble.text), fmt, ap);
	va_end(ap);
	trouble.text[strcspn(trouble.text, "\n")] = '\0';
	longjmp(trouble.back, 1);
}

/* A request to the kernel needs privileges that print lacks, and of each extension
 * used here every kernel since 3.0 has the newest revision. */
static int any_revision(const char *name, uint8_t revision, int opt)
{
	(void)name;
	(void)revision;
	(void)opt;
	return 1;
}

static unsigned int nfproto(unsigned int family)
{
	return family == FAMILY_IP4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
}

struct ipt_ext *ipt_ext_new(const struct ipt_lib *lib)
{
	static struct option no_options[1];
	struct ipt_ext *x = mem_zalloc(1, sizeof(*x));

	x->xt = &lib->xt;
	x->family = FAMILY_IP4;
	x->globals = (struct xtables_globals){
		.program_name = PACKAGE_NAME,
		.program_version = PACKAGE_VERSION,
		.orig_opts = no_options,
		.exit_err = take_error,
		.compat_rev = any_revision,
	};
	x->xt->init_all(&x->globals, NFPROTO_IPV4);
	return x;
}

/* libxtables frees the old options, too; since 1.8.11 in every case. */
static void drop_options(struct ipt_ext *x)
{
	free(x->globals.opts);
	x->globals.opts = NULL;
	x->globals.option_offset = 0;
}

void ipt_ext_free(struct ipt_ext *x)
{
	size_t i;

	if (!x)
		return;
	drop_options(x);
	for (i = 0; i < SLOTS; i++)
		free(x->slots[i].m);
	free(x->log);
	free(x);
}

static void use_family(struct ipt_ext *x, unsigned int family)
{
	if (x->family != family)
		x->xt->set_nfproto((uint8_t)nfproto(family));
	x->family = family;
}

static void add_word(struct words *w, const char *text)
{
	w->v[w->n++] = (char *)text;
}

static __attribute__((format(printf, 2, 3)))
void add_format(struct words *w, const char *fmt, ...)
{
	char *text = w->room + w->used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(w->room) - w->used, fmt, ap);
	va_end(ap);
	w->used += (size_t)n + 1;
	add_word(w, text);
}

const char *ipt_ext_name(const struct match *m)
{
	switch ((enum match_kind)m->kind) {
	case MATCH_PORT:
		return m->proto == IPPROTO_TCP ? "tcp" :
		       m->proto == IPPROTO_UDP ? "udp" : "sctp";
	case MATCH_IPSEC:
		return "policy";
	case MATCH_ETHER:
		return "mac";
	case MATCH_COMMENT:
		return "comment";
	case MATCH_LIMIT:
		return "limit";
	case MATCH_TRACKED:
		return "conntrack";
	case MATCH_IIFNAME:
	case MATCH_OIFNAME:
	case MATCH_SDIFNAME:
	case MATCH_FAMILY:
	case MATCH_ADDR:
	case MATCH_SET:
	case MATCH_PAIR:
	case MATCH_MAC:
	case MATCH_PROTO:
	case MATCH_REQID:
	case MATCH_LOCAL:
	case MATCH_ORIGINAL:
	case MATCH_ORIGINAL_PAIR:
		break;
	}
	return NULL;
}

static void add_port(struct words *w, const struct match *m)
{
	add_word(w, m->field == FIELD_SADDR ? "--sport" : "--dport");
	if (m->from == m->to)
		add_format(w, "%u", m->from);
	else
		add_format(w, "%u:%u", m->from, m->to);
}

/* Our end of the tunnel is its destination for packets that come in. */
static void add_tunnel(struct words *w, const struct match *m)
{
	char text[ADDR_TEXT];

	add_word(w, "--mode");
	add_word(w, "tunnel");
	if (!m->net.len)
		return;
	add_word(w, m->field == FIELD_SADDR ? "--tunnel-dst" : "--tunnel-src");
	add_format(w, "%s", prefix_format(&m->net, text));
}

static void add_ipsec(struct words *w, const struct match *m)
{
	add_word(w, "--dir");
	add_word(w, m->field == FIELD_SADDR ? "in" : "out");
	add_word(w, "--pol");
	add_word(w, m->clear ? "none" : "ipsec");
	/* with "none" the extension accepts the other options and ignores
	 * them */
	if (m->clear)
		return;
	if (m->reqid) {
		add_word(w, "--reqid");
		add_format(w, "%u", m->reqid);
	}
	if (m->net.len || !m->reqid)
		add_tunnel(w, m);
}

static void add_ether(struct words *w, const struct match *m)
{
	char text[MAC_TEXT];

	add_word(w, "--mac-source");
	add_format(w, "%s", mac_format(m->mac, text));
}

static void add_limit(struct words *w, const struct match *m)
{
	add_word(w, "--limit");
	add_format(w, "%u/sec", m->from);
	add_word(w, "--limit-burst");
	add_format(w, "%u", m->to);
}

static void add_tracked(struct words *w, const struct match *m)
{
	char text[ADDR_TEXT];

	if (m->status) {
		add_word(w, "--ctstate");
		add_word(w, m->status == TRANSLATION_SOURCE ? "SNAT" : "DNAT");
	}
	if (m->net.len) {
		add_word(w, "--ctorigsrc");
		add_format(w, "%s", prefix_format(&m->net, text));
	}
	add_word(w, "--ctdir");
	add_word(w, m->field == FIELD_SADDR ? "ORIGINAL" : "REPLY");
}

static void add_options(struct words *w, const struct match *m)
{
	if (m->kind == MATCH_PORT) {
		add_port(w, m);
	} else if (m->kind == MATCH_IPSEC) {
		add_ipsec(w, m);
	} else if (m->kind == MATCH_ETHER) {
		add_ether(w, m);
	} else if (m->kind == MATCH_LIMIT) {
		add_limit(w, m);
	} else if (m->kind == MATCH_TRACKED) {
		add_tracked(w, m);
	} else {
		add_word(w, "--comment");
		add_word(w, m->name);
	}
}

/* After an error libxtables would still use the half-built match. */
static void forget_half_built(struct ipt_ext *x)
{
	struct xtables_target *t;
	struct xtables_match *m;

	for (m = *x->xt->matches; m; m = m->next) {
		free(m->m);
		free(m->udata);
		m->m = NULL;
		m->udata = NULL;
		m->mflags = 0;
	}
	for (t = *x->xt->targets; t; t = t->next) {
		free(t->t);
		free(t->udata);
		t->t = NULL;
		t->udata = NULL;
		t->tflags = 0;
	}
}

static void begin_match(struct xtables_match *m)
{
	size_t size = XT_ALIGN(sizeof(*m->m)) + m->size;
	const char *name = m->real_name ? m->real_name : m->name;

	m->m = mem_zalloc(1, XT_ALIGN(size));
	m->m->u.match_size = (uint16_t)XT_ALIGN(size);
	memcpy(m->m->u.user.name, name, strlen(name));
	m->m->u.user.revision = m->revision;
	m->mflags = 0;
	if (m->udata_size)
		m->udata = mem_zalloc(1, m->udata_size);
	if (m->init)
		m->init(m->m);
}

static void take_options(struct ipt_ext *x, struct xtables_match *m)
{
	struct xtables_globals *g = &x->globals;

	drop_options(x);
	if (m->x6_options)
		g->opts = x->xt->options_xfrm(g->orig_opts, g->orig_opts,
					      m->x6_options, &m->option_offset);
	else
		g->opts = x->xt->merge_options(g->orig_opts, g->orig_opts,
					       m->extra_opts ?
					       m->extra_opts : g->orig_opts,
					       &m->option_offset);
}

/* Leaves by longjmp if the words are wrong. */
static struct xt_entry_match *parse_words(struct ipt_ext *x, struct words *w)
{
	/* some extensions read the rest of the rule, but not ours */
	static const uint8_t no_entry[512] __attribute__((aligned(8)));
	struct xt_entry_match *built;
	struct xtables_match *m;
	int c;

	m = x->xt->find_match(w->v[0], XTF_LOAD_MUST_SUCCEED, NULL);
	begin_match(m);
	take_options(x, m);
	optind = 0;	/* glibc: restart getopt */
	while ((c = getopt_long(w->n, w->v, ":", x->globals.opts, NULL)) != -1)
		x->xt->option_mpcall((unsigned int)c, w->v, false, m,
				     (void *)no_entry);
	x->xt->option_mfcall(m);
	built = m->m;
	m->m = NULL;
	free(m->udata);
	m->udata = NULL;
	return built;
}

static struct xt_entry_match *build(struct ipt_ext *x, struct words *w)
{
	if (!setjmp(trouble.back))
		return parse_words(x, w);
	forget_half_built(x);
	return NULL;
}

/* The digest of a rule with only these matches. */
static uint64_t match_key(const struct ruleset *rs, unsigned int i,
			  unsigned int n, unsigned int family)
{
	const struct rule only = {
		.match = i,
		.n_matches = (uint8_t)n,
		.family = (uint8_t)family,
	};

	return rule_digest(rs, &only);
}

const struct xt_entry_match *ipt_ext_build(struct ipt_ext *x,
					   unsigned int family,
					   const struct ruleset *rs,
					   unsigned int i, unsigned int n,
					   struct loc at, struct diag *d)
{
	uint64_t key = match_key(rs, i, n, family);
	struct slot *slot = &x->slots[key % SLOTS];
	struct words w = { 0 };

	if (slot->m && slot->key == key)
		return slot->m;
	free(slot->m);
	slot->m = NULL;
	slot->key = key;
	add_word(&w, ipt_ext_name(&rs->matches.v[i]));
	for (; n--; i++)
		add_options(&w, &rs->matches.v[i]);
	use_family(x, family);
	slot->m = build(x, &w);
	if (!slot->m)
		diag_error(d, at, 0, "libxtables refuses the match \"%s\": %s",
			   w.v[0], trouble.text);
	return slot->m;
}

const char *ipt_ext_target_name(const struct rule *rule)
{
	return rule->verdict == RULE_LOG ? "NFLOG" : NULL;
}

static void begin_target(struct xtables_target *t)
{
	size_t size = XT_ALIGN(sizeof(*t->t)) + t->size;
	const char *name = t->real_name ? t->real_name : t->name;

	t->t = mem_zalloc(1, XT_ALIGN(size));
	t->t->u.target_size = (uint16_t)XT_ALIGN(size);
	memcpy(t->t->u.user.name, name, strlen(name));
	t->t->u.user.revision = t->revision;
	t->tflags = 0;
	if (t->udata_size)
		t->udata = mem_zalloc(1, t->udata_size);
	if (t->init)
		t->init(t->t);
}

/* Leaves by longjmp if the words are wrong. */
static struct xt_entry_target *parse_target(struct ipt_ext *x,
					    struct words *w)
{
	static const uint8_t no_entry[512] __attribute__((aligned(8)));
	struct xtables_globals *g = &x->globals;
	struct xt_entry_target *built;
	struct xtables_target *t;
	int c;

	t = x->xt->find_target(w->v[0], XTF_LOAD_MUST_SUCCEED);
	begin_target(t);
	drop_options(x);
	if (t->x6_options)
		g->opts = x->xt->options_xfrm(g->orig_opts, g->orig_opts,
					      t->x6_options,
					      &t->option_offset);
	optind = 0;	/* glibc: restart getopt */
	while ((c = getopt_long(w->n, w->v, ":", g->opts, NULL)) != -1)
		x->xt->option_tpcall((unsigned int)c, w->v, false, t,
				     (void *)no_entry);
	x->xt->option_tfcall(t);
	built = t->t;
	t->t = NULL;
	free(t->udata);
	t->udata = NULL;
	return built;
}

const struct xt_entry_target *ipt_ext_build_log(struct ipt_ext *x,
						unsigned int family,
						const struct rule *rule,
						struct diag *d)
{
	struct words w = { 0 };

	free(x->log);
	x->log = NULL;
	add_word(&w, ipt_ext_target_name(rule));
	add_word(&w, "--nflog-prefix");
	add_word(&w, rule->target);
	add_word(&w, "--nflog-group");
	add_format(&w, "%u", rule->group);
	use_family(x, family);
	if (!setjmp(trouble.back)) {
		x->log = parse_target(x, &w);
	} else {
		forget_half_built(x);
		diag_error(d, rule->at, 0,
			   "libxtables refuses the target \"%s\": %s", w.v[0],
			   trouble.text);
	}
	return x->log;
}

void ipt_ext_print_target(struct ipt_ext *x, unsigned int family,
			  const void *head, const struct xt_entry_target *t,
			  FILE *out)
{
	const char *name = t->u.user.name;
	FILE *volatile before = stdout;
	struct xtables_target *found;

	use_family(x, family);
	stdout = out;
	if (!setjmp(trouble.back)) {
		found = x->xt->find_target(name, XTF_TRY_LOAD);
		fprintf(out, " -j %s", name);
		if (found && found->save)
			found->save(head, t);
	}
	stdout = before;
}

/* Extensions print to stdout, which glibc allows us to replace. */
void ipt_ext_print(struct ipt_ext *x, unsigned int family, const void *head,
		   const struct xt_entry_match *m, FILE *out)
{
	const char *name = m->u.user.name;
	FILE *volatile before = stdout;
	struct xtables_match *found;

	use_family(x, family);
	stdout = out;
	if (!setjmp(trouble.back)) {
		found = x->xt->find_match_revision(name, XTF_TRY_LOAD, NULL,
						   m->u.user.revision);
		fprintf(out, " -m %s", name);
		if (found && found->save)
			found->save(head, m);
	}
	stdout = before;
}

const char *ipt_ext_proto(const struct ipt_ext *x, unsigned int proto)
{
	const struct xtables_pprot *p;
	const struct protoent *known;

	for (p = x->xt->chain_protos; p->name; p++)
		if (p->num == proto)
			return p->name;
	known = getprotobynumber((int)proto);
	return known ? known->p_name : NULL;
}

bool ipt_ext_load_module(struct ipt_ext *x, unsigned int family)
{
	use_family(x, family);
	return !x->xt->load_ko(NULL, true);
}
