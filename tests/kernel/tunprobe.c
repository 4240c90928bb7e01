/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tunprobe: which packets does the kernel let through? Holds the VPN's tun
 * device in OpenVPN's place and sends and receives for all clients, the LAN
 * and the server (probe_gate.h). Works in the network namespace it is run in.
 */
#include "config.h"

#include "tests/kernel/probe_run.h"

#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLOWS 32
#define NAMES 64
#define LINE 512

static const char usage_text[] =
"usage: tunprobe matrix --dev TUN NAME=ADDRESS... [server=ADDRESS]\n"
"       tunprobe batch --dev TUN [--lan TUN] [--net PREFIX]...\n"
"                      [--own ADDR]...\n"
"       tunprobe flood --dev TUN [--lan TUN] --allow A,B --deny C,D\n"
"                      [--seconds N]\n"
"  --net PREFIX  addresses of clients       --own ADDR  one of the server's\n"
"  --wait MS     how long a drop is waited for (default 20)\n"
"batch reads lines \"SRC DST icmp|tcp|udp|sctp|NUMBER [SPORT [DPORT [VIA]]]\",\n"
"VIA tun, lan or own; an empty line ends a batch; answers ACCEPT or DROP a line.\n";

static volatile int stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

struct args {
	const char *dev, *lan;
	double seconds;
	struct flow flows[FLOWS];
	size_t n_flows;
	struct gates gates;
	struct run run;
};

static int bad(const char *what, const char *text)
{
	fprintf(stderr, "tunprobe: bad %s: \"%s\"\n", what, text);
	return -EINVAL;
}

static int parse_address(const char *text, struct address *out)
{
	return address_parse(text, out) ? 0 : bad("address", text);
}

/* "A,B": a flow of UDP packets. */
static int parse_flow(struct args *a, const char *text, bool allowed)
{
	struct flow *f = &a->flows[a->n_flows];
	struct packet *p = &f->probe.packet;
	char src[LINE] = "";
	size_t len = strcspn(text, ",");

	if (a->n_flows == FLOWS || len >= sizeof(src) || !text[len])
		return bad("flow", text);
	memcpy(src, text, len);
	*f = (struct flow){ .allowed = allowed };
	p->proto = IPPROTO_UDP;
	p->sport = p->dport = 9;
	a->n_flows++;
	if (parse_address(src, &p->src) < 0)
		return -EINVAL;
	return parse_address(text + len + 1, &p->dst);
}

static int parse_prefix(struct gates *g, const char *text,
			int (*add)(struct gates *, const struct prefix *))
{
	struct prefix p;

	if (!prefix_parse(text, &p) || add(g, &p) < 0)
		return bad("prefix", text);
	return 0;
}

static int parse_option(struct args *a, int c)
{
	switch (c) {
	case 'd':
		a->dev = optarg;
		return 0;
	case 'l':
		a->lan = optarg;
		return 0;
	case 'n':
		return parse_prefix(&a->gates, optarg, gate_add_clients);
	case 'o':
		return parse_prefix(&a->gates, optarg, gate_add_own);
	case 'w':
		a->run.wait_ms = atoi(optarg);
		return 0;
	case 's':
		a->seconds = atof(optarg);
		return 0;
	case 'A':
		return parse_flow(a, optarg, true);
	case 'D':
		return parse_flow(a, optarg, false);
	default:
		return -EINVAL;
	}
}

static int parse_options(struct args *a, int argc, char **argv)
{
	static const struct option options[] = {
		{ "dev", required_argument, NULL, 'd' },
		{ "lan", required_argument, NULL, 'l' },
		{ "net", required_argument, NULL, 'n' },
		{ "own", required_argument, NULL, 'o' },
		{ "wait", required_argument, NULL, 'w' },
		{ "seconds", required_argument, NULL, 's' },
		{ "allow", required_argument, NULL, 'A' },
		{ "deny", required_argument, NULL, 'D' },
		{ NULL, 0, NULL, 0 },
	};
	int c, r = 0;

	while (!r && (c = getopt_long(argc, argv, "", options, NULL)) != -1)
		r = parse_option(a, c);
	if (!r && !a->dev)
		r = bad("device", "");
	return r;
}

struct named {
	char name[LINE];
	struct address address;
};

static int parse_named(struct args *a, const char *text, struct named *out)
{
	const char *eq = strrchr(text, '=');
	size_t len = eq ? (size_t)(eq - text) : 0;

	if (!eq || len >= sizeof(out->name))
		return bad("NAME=ADDRESS", text);
	memcpy(out->name, text, len);
	out->name[len] = '\0';
	if (parse_address(eq + 1, &out->address) < 0)
		return -EINVAL;
	return parse_prefix(&a->gates, eq + 1, strcmp(out->name, "server") ?
			    gate_add_clients : gate_add_own);
}

static const char *verdict(const struct probe *p)
{
	return p->seen ? "ACCEPT" : "DROP";
}

/* Every ordered pair but those of a name with itself. */
static size_t pair_probes(const struct args *a, const struct named *names,
			  size_t n, struct probe *probes)
{
	size_t k = 0;

	for (size_t i = 0; i < n * n; i++) {
		const struct named *src = &names[i / n], *dst = &names[i % n];
		struct probe p = { .seen = false };

		if (src == dst || src->address.family != dst->address.family)
			continue;
		p.packet.src = src->address;
		p.packet.dst = dst->address;
		packet_parse_proto("icmp", src->address.family,
				   &p.packet.proto);
		run_route(&a->gates, &p);
		probes[k++] = p;
	}
	return k;
}

static void print_pairs(const struct named *names, size_t n,
			const struct probe *probes)
{
	for (size_t i = 0; i < n * n; i++) {
		const struct named *src = &names[i / n], *dst = &names[i % n];

		if (src == dst || src->address.family != dst->address.family)
			continue;
		printf("%s\t%s\t%s\n", src->name, dst->name, verdict(probes++));
	}
}

static int matrix(struct args *a, int n, char **words)
{
	static struct named names[NAMES];
	static struct probe probes[NAMES * NAMES];
	size_t k;
	int r = n > NAMES ? -E2BIG : 0;

	for (int i = 0; !r && i < n; i++)
		r = parse_named(a, words[i], &names[i]);
	if (r)
		return r;
	k = pair_probes(a, names, (size_t)n, probes);
	r = run_ask(&a->run, probes, k);
	if (!r)
		print_pairs(names, (size_t)n, probes);
	return r;
}

static int parse_via(const char *text, enum gate *out)
{
	static const char *const vias[] = { "tun", "lan", "own" };

	for (unsigned int i = 0; i < 3; i++)
		if (!strcmp(text, vias[i])) {
			*out = (enum gate)i;
			return 0;
		}
	return bad("gate", text);
}

static int parse_probe(const struct args *a, const char *line,
		       struct probe *out)
{
	char src[64], dst[64], proto[16], via[8] = "";
	struct packet *p = &out->packet;
	int n;

	*out = (struct probe){ .packet = { .sport = 40000, .dport = 7 } };
	n = sscanf(line, "%63s %63s %15s %hu %hu %7s", src, dst, proto,
		   &p->sport, &p->dport, via);
	if (n < 3 || !address_parse(src, &p->src) ||
	    !address_parse(dst, &p->dst) ||
	    !packet_parse_proto(proto, p->src.family, &p->proto) ||
	    p->src.family != p->dst.family)
		return bad("line", line);
	if (!packet_has_ports(p))
		p->sport = p->dport = 0;
	run_route(&a->gates, out);
	return *via ? parse_via(via, &out->in) : 0;
}

struct list {
	struct probe *probes;
	size_t n, room;
};

static int list_add(struct list *l, const struct probe *p)
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 256;
		struct probe *more = reallocarray(l->probes, room, sizeof(*p));

		if (!more)
			return -ENOMEM;
		l->probes = more;
		l->room = room;
	}
	l->probes[l->n++] = *p;
	return 0;
}

static int answer(struct args *a, struct list *l)
{
	int r = run_ask(&a->run, l->probes, l->n);

	if (r)
		return r;
	for (size_t i = 0; i < l->n; i++)
		puts(verdict(&l->probes[i]));
	putchar('\n');
	fflush(stdout);
	l->n = 0;
	return 0;
}

static int batch(struct args *a)
{
	struct list l = { .n = 0 };
	char line[LINE];
	struct probe p;
	int r = 0;

	while (!r && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (!*line) {
			r = answer(a, &l);
			continue;
		}
		r = parse_probe(a, line, &p);
		if (!r)
			r = list_add(&l, &p);
	}
	if (!r && l.n)
		r = answer(a, &l);
	free(l.probes);
	return r;
}

/* 1 if a packet was lost or let through. */
static int flood(struct args *a)
{
	bool wrong = false;
	int r;

	if (!a->n_flows)
		return bad("number of flows", "0");
	for (size_t i = 0; i < a->n_flows; i++)
		run_route(&a->gates, &a->flows[i].probe);
	r = run_flood(&a->run, a->flows, a->n_flows, a->seconds, &stop);
	for (size_t i = 0; i < a->n_flows; i++) {
		const struct flow *f = &a->flows[i];

		printf("%s\t%lu\t%lu\n", f->allowed ? "allowed" : "denied",
		       f->sent, f->received);
		wrong |= f->received != (f->allowed ? f->sent : 0);
	}
	return r ? r : wrong;
}

/* Everything a late or stray packet says is that the verdicts are no proof. */
static int check_sound(const struct run *run)
{
	if (!run->late && !run->astray)
		return 0;
	fprintf(stderr, "tunprobe: %lu packets late, %lu astray\n", run->late,
		run->astray);
	return -EIO;
}

static int run_command(struct args *a, const char *name, int n, char **words)
{
	int r;

	if (!strcmp(name, "matrix"))
		r = matrix(a, n, words);
	else if (!strcmp(name, "batch"))
		r = batch(a);
	else if (!strcmp(name, "flood"))
		r = flood(a);
	else
		r = bad("command", name);
	return r < 0 || !check_sound(&a->run) ? r : -EIO;
}

int main(int argc, char **argv)
{
	static struct args a = { .seconds = 10, .run = { .wait_ms = 20 } };
	int r;

	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	gate_init(&a.gates);
	a.run.gates = &a.gates;
	a.run.next_id = 1;
	if (argc < 2 || parse_options(&a, argc - 1, argv + 1) < 0) {
		fputs(usage_text, stderr);
		return 2;
	}
	r = gate_open(&a.gates, a.dev, a.lan);
	if (!r)
		r = run_command(&a, argv[1], argc - 1 - optind,
				argv + 1 + optind);
	gate_fini(&a.gates);
	return r < 0 ? 2 : r;
}
