/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call vpnpf-openvpn.so as OpenVPN does, without OpenVPN:
 *	plugcall PLUGIN [WORD ...]	as behind "plugin" in server.conf
 * Loads it, then reads lines of tab-separated words from stdin:
 *	connect NAME ADDRESS
 *	disconnect NAME ADDRESS
 *	learn-address add|update ADDRESS NAME
 *	learn-address delete ADDRESS
 * and prints for each of them a line: "ok" or "refused", and microseconds.  What
 * the plugin logs goes to stderr.  Exit status 3: it does not load.
 */
#include "config.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openvpn/openvpn-plugin.h>

#define WORDS 8

typedef int open_fn(const int, struct openvpn_plugin_args_open_in const *,
		    struct openvpn_plugin_args_open_return *);
typedef int func_fn(const int, struct openvpn_plugin_args_func_in const *,
		    struct openvpn_plugin_args_func_return *);
typedef void close_fn(openvpn_plugin_handle_t);

struct plugin {
	open_fn *open;
	func_fn *func;
	close_fn *close;
	openvpn_plugin_handle_t handle;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static __attribute__((format(printf, 3, 4)))
void take_log(openvpn_plugin_log_flags_t flags, const char *name,
	      const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s %s: ", flags & PLOG_ERR ? "error" : "note", name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static int load(struct plugin *p, const char **argv)
{
	static struct openvpn_plugin_callbacks callbacks = {
		.plugin_log = take_log,
	};
	static const char *const no_environment[] = { NULL };
	struct openvpn_plugin_args_open_in in = {
		.type_mask = (1 << OPENVPN_PLUGIN_N) - 1,
		.argv = argv,
		.envp = (const char **)no_environment,
		.callbacks = &callbacks,
	};
	struct openvpn_plugin_args_open_return out = { 0 };
	void *file = dlopen(argv[0], RTLD_NOW);

	if (!file) {
		fprintf(stderr, "%s\n", dlerror());
		return -1;
	}
	p->open = (open_fn *)dlsym(file, "openvpn_plugin_open_v3");
	p->func = (func_fn *)dlsym(file, "openvpn_plugin_func_v3");
	p->close = (close_fn *)dlsym(file, "openvpn_plugin_close_v1");
	if (!p->open || !p->func || !p->close ||
	    p->open(OPENVPN_PLUGINv3_STRUCTVER, &in, &out))
		return -1;
	p->handle = out.handle;
	return 0;
}

static int call(const struct plugin *p, int type, const char **argv,
		const char **envp)
{
	struct openvpn_plugin_args_func_return out = { 0 };
	struct openvpn_plugin_args_func_in in = {
		.type = type,
		.argv = argv,
		.envp = envp,
		.handle = p->handle,
	};

	return p->func(OPENVPN_PLUGINv3_STRUCTVER, &in, &out);
}

/* A client's, as far as vpnpf could be interested. */
static int call_client(const struct plugin *p, int type, const char **word)
{
	char name[16384], address[256];
	const char *argv[] = { "plugin", "/tmp/openvpn_cc.tmp", NULL };
	const char *envp[] = { name, "PATH=/nowhere", "dev=tun0", address,
			       "untrusted_ip=192.0.2.1", NULL };

	snprintf(name, sizeof(name), "common_name=%s", word[1]);
	snprintf(address, sizeof(address), "ifconfig_pool_remote_ip=%s",
		 word[2]);
	return call(p, type, argv, envp);
}

/* -1: there is no such line. */
static int do_line(const struct plugin *p, const char **word, int n)
{
	static const char *deletes[] = { NULL }, *adds[] = { "dev=tun0", NULL };

	if (n == 3 && !strcmp(word[0], "connect"))
		return call_client(p, OPENVPN_PLUGIN_CLIENT_CONNECT, word);
	if (n == 3 && !strcmp(word[0], "disconnect"))
		return call_client(p, OPENVPN_PLUGIN_CLIENT_DISCONNECT, word);
	if ((n == 3 || n == 4) && !strcmp(word[0], "learn-address"))
		return call(p, OPENVPN_PLUGIN_LEARN_ADDRESS, word,
			    n == 3 ? deletes : adds);
	fprintf(stderr, "plugcall: what is \"%s\"?\n", word[0]);
	return -1;
}

int main(int argc, char **argv)
{
	struct plugin p;
	char *line = NULL, *rest;
	const char *word[WORDS + 1];
	size_t size = 0;
	double start;
	int n, r = 0;

	if (argc < 2 || load(&p, (const char **)argv + 1))
		return 3;
	while (r >= 0 && getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		for (n = 0, rest = line; rest && n < WORDS; n++)
			word[n] = strsep(&rest, "\t");
		word[n] = NULL;
		start = now();
		r = do_line(&p, word, n);
		printf("%s\t%.1f\n", r ? "refused" : "ok", now() - start);
		fflush(stdout);
	}
	free(line);
	p.close(p.handle);
	return r < 0;
}
