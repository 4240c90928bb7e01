/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/facts_random.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/state/live.h"
#include "tests/unit/lib/bind_text.h"
#include "tests/unit/lib/remove_tree.h"

#define COUNT(array) ((unsigned int)(sizeof(array) / sizeof((array)[0])))

const char *const facts_names[FACTS_PEOPLE] = {
	"john", "nick", "bob", "max", "a b", "q\"t", "J\303\274rgen", "@at",
	"-dash", "10.8.0.9",
};

const char *const facts_servers[3] = { "office", "lab", "road" };
static const char *const devs[2][3] = { { "tun0", "tun1", "eth0" },
					{ "tap0", "tun1", "eth0" } };
static const char *const tunnel_nets[] = { "10.8.0.8/29", "10.9.0.0/16",
					   "fd08::/64" };

const char *facts_dev(const struct facts *f, unsigned int server)
{
	return devs[f->kind == KIND_TAP][server];
}

static char *path_of(const struct facts *f, const char *folder,
		     const char *name, const char *suffix)
{
	char *path = mem_printf("%s/%s/%s%s", f->dir, folder, name, suffix);
	char *p;

	for (p = path + strlen(f->dir) + strlen(folder) + 2; *p; p++)
		if (*p == '/')
			*p = '_';
	return path;
}

static void write_file(char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	free(path);
}

static void bind_fact(struct policy *p, const struct fact *fact,
		      enum binding_source source)
{
	int i = policy_index(p, str_of(facts_names[fact->person]));

	assert_true(i >= 0);
	assert_int_equal(bind_text(p, fact->addr, (unsigned int)i, source,
				   str_of(facts_servers[fact->server])), 0);
	if (fact->reqid)
		p->bindings.v[p->bindings.n - 1].reqid = fact->reqid;
}

static struct prefix net_of(const char *text)
{
	struct prefix net;

	assert_int_equal(prefix_parse(str_of(text), &net), 0);
	return net;
}

bool facts_is_tunnels(const struct facts *f, const char *addr)
{
	struct prefix p, net;
	unsigned int i;

	if (f->kind != KIND_IPSEC || prefix_parse(str_of(addr), &p))
		return false;
	for (i = 0; i < COUNT(tunnel_nets); i++) {
		net = net_of(tunnel_nets[i]);
		if (net.family == p.family &&
		    (prefix_covers(&net, &p) || prefix_covers(&p, &net)))
			return true;
	}
	return false;
}

static void add_ipsec(struct policy *p)
{
	struct ipsec *ipsec = mem_zalloc(1, sizeof(*ipsec));
	unsigned int i;

	for (i = 0; i < COUNT(tunnel_nets); i++)
		vec_push(&ipsec->clients, net_of(tunnel_nets[i]));
	vec_push(&ipsec->ends, net_of("192.0.2.1"));
	vec_push(&ipsec->devs, mem_copy("eth0"));
	ipsec->ike = true;
	policy_add_vpn(p, STR("road"), STR("-"), false, ipsec);
	ipsec_free(ipsec);
}

void facts_policy(const struct facts *f, struct sources *sources,
			struct policy *p)
{
	const struct pffile_options opt = { 0 };
	struct diag silent = { 0 };
	const struct person *person = f->people;
	const struct fact *fact;
	struct client *c;
	unsigned int i;

	p->log = f->log;
	for (i = 0; i < 2; i++)
		policy_add_vpn(p, str_of(facts_servers[i]),
			       str_of(facts_dev(f, i)),
			       f->kind == KIND_TAP && !i, NULL);
	if (f->kind == KIND_IPSEC)
		add_ipsec(p);
	for (i = 0; i < FACTS_PEOPLE; i++, person++) {
		c = policy_add_client(p, str_of(facts_names[i]));
		c->state = person->state;
		if (c->state != CLIENT_OPEN)
			continue;
		c->file = source_text(sources, "facts", person->force,
				      strlen(person->force));
		assert_int_equal(pffile_parse(c->file, &opt, &c->pf, &silent),
				 0);
	}
	policy_sort(p);
	vec_each(fact, &f->statics)
		bind_fact(p, fact, fact->source);
	vec_each(fact, &f->live)
		bind_fact(p, fact, BINDING_LIVE);
	policy_resolve(p, &silent);
}

/*
 * Facts by chance
 */

static char sign(struct facts *f)
{
	return rng_percent(&f->rng, 50) ? '+' : '-';
}

/* Few kinds of SUBNETS, so that policies are shared. */
char *facts_random_file(struct facts *f)
{
	static const char *const rests[] = {
		"",
		"[SUBNETS ACCEPT]\n-10.0.4.0/24\n",
		"[SUBNETS DROP]\n",
		("[SERVICES]\n+10.0.0.0/8 tcp 22,80-90\n-fd00::/16 any\n"
		 "[SUBNETS DROP]\n+unknown\n+10.0.5.17\n+2001:db8::/32\n"),
	};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned int i, percent = rng_below(&f->rng, 50);

	fprintf(out, "[CLIENTS %s]\n", rng_percent(&f->rng, 50) ? "ACCEPT"
								: "DROP");
	for (i = 0; i < FACTS_PEOPLE; i++)
		if (rng_percent(&f->rng, percent))
			fprintf(out, "%c%s\n", sign(f), facts_names[i]);
	if (rng_percent(&f->rng, 20))
		fputs("+nobody\n", out);
	fputs(rests[rng_below(&f->rng, COUNT(rests))], out);
	if (rng_percent(&f->rng, 8)) {	/* a long list */
		fputs("[SUBNETS DROP]\n", out);
		for (i = 0; i < 60; i++)
			fprintf(out, "+10.7.%u.0/24\n",
				2 * i + rng_below(&f->rng, 2));
	}
	fputs("[END]\n", out);
	fclose(out);
	return text;
}

void facts_random_addr(struct facts *f, char out[static ADDR_TEXT])
{
	static const char *const nets[] = {
		"10.9.0.0/16", "10.9.1.0/24", "10.9.1.128/25", "10.8.0.0/28",
		"fd09::/32", "fd09:1::/64",
	};
	unsigned int kind = rng_below(&f->rng, 100);

	if (f->kind == KIND_TAP && kind < 40)
		snprintf(out, ADDR_TEXT, "02:00:00:00:00:%02x",
			 rng_below(&f->rng, 8));
	else if (f->kind == KIND_IPSEC && kind < 4)
		snprintf(out, ADDR_TEXT, "%s", nets[1 + rng_below(&f->rng, 2)]);
	else if (f->kind == KIND_NETS && kind < 25)
		snprintf(out, ADDR_TEXT, "%s",
			 nets[rng_below(&f->rng, COUNT(nets))]);
	else if (f->kind == KIND_NETS && kind < 50)
		snprintf(out, ADDR_TEXT, "10.9.1.%u",
			 126 + rng_below(&f->rng, 5));
	else if (f->kind != KIND_IP4 && kind >= 80)
		snprintf(out, ADDR_TEXT, "fd08::%x",
			 1 + rng_below(&f->rng, 8));
	else
		snprintf(out, ADDR_TEXT, "10.8.0.%u",
			 2 + rng_below(&f->rng, 14));
}

struct fact *facts_find_live(struct facts *f, const char *addr,
			     unsigned int server)
{
	struct fact *fact;

	vec_each(fact, &f->live)
		if (!strcmp(fact->addr, addr) && fact->server == server)
			return fact;
	return NULL;
}

void facts_forget(struct facts *f, struct fact *fact)
{
	*fact = f->live.v[--f->live.n];
}

static unsigned int person_of(struct str name)
{
	unsigned int i = 0;

	while (!str_equal(name, str_of(facts_names[i])))
		assert_true(++i < FACTS_PEOPLE);
	return i;
}

static unsigned int server_of(struct str name)
{
	unsigned int i = 0;

	while (!str_equal(name, str_of(facts_servers[i])))
		assert_true(++i < COUNT(facts_servers));
	return i;
}

void facts_read_live(struct facts *f)
{
	char *dir = mem_printf("%s/state", f->dir);
	struct diag silent = { 0 };
	struct state s;
	const struct live_view view = { .state = &s };
	struct live live;
	struct fact *fact;
	size_t pos = 0;

	assert_int_equal(state_open(dir, true, &s, &silent), 0);
	f->live.n = 0;
	while ((live = live_search(&view, STR("\t"), &pos)).line.p) {
		fact = vec_add(&f->live);
		*fact = (struct fact){
			.person = person_of(live.name),
			.stale_delete_due = live.stale_delete_due,
			.server = server_of(live.instance),
			.reqid = live.reqid,
		};
		endpoint_format(&live.addr, fact->addr);
	}
	state_close(&s);
	free(dir);
}

void facts_set_file(struct facts *f, unsigned int person, char *text)
{
	char *path = path_of(f, "policy", facts_names[person], ".pf");

	free(f->people[person].disk);
	f->people[person].disk = text;
	if (text) {
		write_file(path, text);
	} else {
		unlink(path);
		free(path);
	}
}

enum client_state facts_disk_state(const struct person *p)
{
	if (!p->disk)
		return CLIENT_NO_FILE;
	if (!strcmp(p->disk, "[KILL]\n"))
		return CLIENT_KILL;
	return *p->disk == '[' ? CLIENT_OPEN : CLIENT_BAD_FILE;
}

void facts_take_file(struct person *p)
{
	enum client_state now = facts_disk_state(p);

	if (now == CLIENT_BAD_FILE && p->state == CLIENT_OPEN)
		return;
	p->state = now;
	free(p->force);
	p->force = p->disk ? mem_printf("%s", p->disk) : NULL;
}

/*
 * A folder with all that a server has
 */

static struct fact *add_static(struct facts *f, unsigned int person,
			       const char *addr, enum binding_source source,
			       FILE *out)
{
	struct fact *fact = vec_add(&f->statics);
	struct prefix p;
	char net[ADDR_TEXT];

	*fact = (struct fact){ .person = person, .source = source };
	snprintf(fact->addr, sizeof(fact->addr), "%s", addr);
	assert_int_equal(prefix_parse(str_of(addr), &p), 0);
	if (source == BINDING_IPP) {
		fprintf(out, "%s,%s,\n", facts_names[person], addr);
	} else if (p.family == FAMILY_IP6) {
		fprintf(out, prefix_is_host(&p) ? "ifconfig-ipv6-push %s/64\n"
						: "iroute-ipv6 %s\n", addr);
	} else if (prefix_is_host(&p)) {
		fprintf(out, "ifconfig-push %s 255.255.255.0\n", addr);
	} else {
		struct prefix mask = prefix_ip4(0xffffffff, p.len);

		prefix_mask(&mask);
		mask.len = 32;
		prefix_format(&mask, net);
		fprintf(out, "iroute %.*s %s\n", (int)strcspn(addr, "/"), addr,
			net);
	}
	return fact;
}

/* With the addresses of person MODEL. */
static void write_ccd(struct facts *f, unsigned int person, unsigned int model)
{
	static const char *const nets[] = { "10.9.0.0/16", "10.9.1.0/24" };
	char *path = path_of(f, "ccd", facts_names[person], "");
	FILE *out = fopen(path, "w");
	char addr[ADDR_TEXT];

	assert_non_null(out);
	free(path);
	snprintf(addr, sizeof(addr), "10.8.0.%u", model + 4);
	add_static(f, person, addr, BINDING_CCD, out);
	if ((f->kind == KIND_BOTH || f->kind == KIND_IPSEC) && model < 2) {
		snprintf(addr, sizeof(addr), "fd08::%x", model + 4);
		add_static(f, person, addr, BINDING_CCD, out);
	}
	if (f->kind == KIND_NETS && model < COUNT(nets))
		add_static(f, person, nets[model], BINDING_CCD, out);
	assert_int_equal(fclose(out), 0);
}

/* lab's, whose addresses meet those of office. */
static void write_lab(struct facts *f)
{
	char *path = mem_printf("%s/lab.txt", f->dir);
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	free(path);
	add_static(f, 8, "10.8.0.3", BINDING_IPP, out)->server = 1;
	add_static(f, 9, "10.8.0.7", BINDING_IPP, out)->server = 1;
	assert_int_equal(fclose(out), 0);
}

static void write_folder(struct facts *f)
{
	char *path = mem_printf("%s/ipp.txt", f->dir), addr[ADDR_TEXT];
	FILE *out = fopen(path, "w");
	unsigned int i;

	assert_non_null(out);
	free(path);
	/* addresses of ccd and of ipp.txt meet */
	for (i = 3; i < 8; i++) {
		snprintf(addr, sizeof(addr), "10.8.0.%u", i);
		add_static(f, i, addr, BINDING_IPP, out);
	}
	assert_int_equal(fclose(out), 0);
	for (i = 0; i < 4; i++)
		write_ccd(f, i, i);
	write_ccd(f, 4, 1);	/* a copy of another's */
	write_lab(f);
	for (i = 0; i < FACTS_PEOPLE; i++) {
		f->people[i].state = CLIENT_NO_FILE;
		if (i < 7)
			facts_set_file(f, i, facts_random_file(f));
	}
}

static void write_conf(struct facts *f)
{
	static const char road[] =
		"ipsec road {\n dev = \"eth0\"\n local = \"192.0.2.1\"\n"
		" clients = { \"%s\", \"%s\", \"%s\" }\n ike = yes\n}\n";
	char *ipsec = mem_printf(road, tunnel_nets[0], tunnel_nets[1],
				 tunnel_nets[2]);
	char *log = f->log.on ? mem_printf("log-group = %u\nlog-rate = %u\n",
					   f->log.group, f->log.rate) : NULL;
	char *text = mem_printf(
		"policy = \"%s/policy\"\nstate-dir = \"%s/state\"\n"
		"grace = 0\n%s"
		"openvpn office {\n dev = \"%s\"\n ccd = \"%s/ccd\"\n"
		" ipp = \"%s/ipp.txt\"\n topology = \"subnet\"\n}\n"
		"openvpn lab {\n dev = \"%s\"\n ipp = \"%s/lab.txt\"\n"
		" topology = \"subnet\"\n}\n%s",
		f->dir, f->dir, log ? log : "", facts_dev(f, 0), f->dir, f->dir,
		facts_dev(f, 1), f->dir, f->kind == KIND_IPSEC ? ipsec : "");

	snprintf(f->conf, sizeof(f->conf), "%s/vpnpf.conf", f->dir);
	write_file(mem_printf("%s", f->conf), text);
	free(text);
	free(log);
	free(ipsec);
}

void facts_change_log(struct facts *f)
{
	f->log.rate = (uint16_t)(f->log.rate % LOG_RATE_MAX + 1);
	f->log.group = f->log.rate % 2;
	f->log.on = f->log.rate % 3;
	write_conf(f);
}

void facts_make(struct facts *f, enum kind kind, uint64_t seed)
{
	static const char *const folders[] = { "policy", "ccd", "state" };
	char *path;
	unsigned int i;

	*f = (struct facts){ .kind = kind, .rng = { seed } };
	/* where the state is at home: rename(2) onto a disk takes its time */
	snprintf(f->dir, sizeof(f->dir), "%s/vpnpf-test.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	assert_non_null(mkdtemp(f->dir));
	for (i = 0; i < COUNT(folders); i++) {
		path = mem_printf("%s/%s", f->dir, folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
		free(path);
	}
	write_conf(f);
	write_folder(f);
}

void facts_end(struct facts *f)
{
	struct person *p;

	if (!*f->dir)
		return;

	for (p = f->people; p < f->people + COUNT(f->people); p++) {
		free(p->disk);
		free(p->force);
	}
	vec_fini(&f->statics);
	vec_fini(&f->live);
	remove_tree(f->dir);
	*f = (struct facts){ 0 };
}

char *facts_state_text(const struct facts *f, const char *name)
{
	char *path = path_of(f, "state", name, "");
	struct sources sources = { 0 };
	const struct source *src;
	char *text;

	assert_int_equal(source_load(&sources, AT_FDCWD, path, name, &src), 0);
	text = mem_dup(src->text, src->size);
	sources_fini(&sources);
	free(path);
	return text;
}

void facts_put_state(const struct facts *f, const char *name, char *text)
{
	write_file(path_of(f, "state", name, ""), text);
	free(text);
}
