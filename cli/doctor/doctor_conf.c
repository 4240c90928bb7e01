/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of a server.conf. */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor/device.h"
#include "cli/doctor/doctor.h"
#include "compiler/base/dir.h"
#include "compiler/load/check.h"
#include "compiler/openvpn/ovconf.h"

static void find_client_to_client(struct doctor *x, const struct instance *in)
{
	const struct ovline *line = doctor_option(x, in, "client-to-client");

	if (line && (x->cli->offline || !device_is_dco(in->dev)))
		doctor_found(x, in, line->at,
			     "OpenVPN hands packets from client to client itself: the kernel never sees them, so nothing filters them");
}

static void find_shared_interface(struct doctor *x)
{
	const struct conf *conf = &x->compile.load.conf;
	const struct instance *in, *other;

	vec_each(in, &conf->instances) {
		other = check_shares_with(conf, in);
		if (other)
			doctor_found(x, in, in->at,
				     "\"%s\" and \"%s\" have the same interface, %s",
				     other->name, in->name, in->dev);
	}
}

static void find_duplicate_cn(struct doctor *x, const struct instance *in)
{
	const struct ovline *line = doctor_option(x, in, "duplicate-cn");

	if (line)
		doctor_found(x, in, line->at,
			     "whoever has a copy of a client's key is that client at the same time");
}

static void find_username(struct doctor *x, const struct instance *in)
{
	const struct ovline *line = doctor_option(x, in,
						   "username-as-common-name");

	if (line)
		doctor_found(x, in, line->at,
			     "the policy is that of the name which a user types, not that of the certificate");
}

static void find_no_certificate(struct doctor *x, const struct instance *in)
{
	const struct ovline *line = doctor_option(x, in,
						   "verify-client-cert");

	if (line && line->n > 1 && strcmp(line->word[1].text, "require") != 0 &&
	    !doctor_option(x, in, "username-as-common-name"))
		doctor_found(x, in, line->at,
			     "clients without a certificate all have the name UNDEF");
}

static void find_management_pf(struct doctor *x, const struct instance *in)
{
	const struct ovline *line = doctor_option(x, in,
						   "management-client-pf");

	if (line)
		doctor_found(x, in, line->at,
			     "OpenVPN 2.6 does not start with this line");
}

/* OpenVPN uses only the last line of each. */
static const char *const hooks[] = {
	"client-connect", "client-disconnect", "learn-address",
};

enum { N_HOOKS = sizeof(hooks) / sizeof(*hooks) };

static bool is_ours(const struct ovline *line)
{
	return line->n > 1 && strstr(line->word[1].text, "vpnpf");
}

static bool has_plugin(const struct doctor *x, const struct instance *in)
{
	struct doctor_line **l;

	vec_each(l, &x->lines)
		if ((*l)->in == in &&
		    !strcmp((*l)->line.word[0].text, "plugin") &&
		    is_ours(&(*l)->line))
			return true;
	return false;
}

static void find_script_security(struct doctor *x, const struct instance *in)
{
	const struct ovline *level = doctor_option(x, in, "script-security");
	const struct ovline *hook = NULL;
	size_t i;

	if (level && level->n > 1 && atoi(level->word[1].text) >= 2)
		return;
	for (i = 0; !hook && i < N_HOOKS; i++)
		hook = doctor_option(x, in, hooks[i]);
	if (hook)
		doctor_found(x, in, level ? level->at : hook->at,
			     "OpenVPN runs no hook below script-security 2, so no client can connect");
}

static void find_overridden(struct doctor *x, const struct instance *in)
{
	struct doctor_line **l;
	const struct ovline *last, *line;
	size_t i;

	for (i = 0; i < N_HOOKS; i++) {
		last = doctor_option(x, in, hooks[i]);
		vec_each(l, &x->lines) {
			line = &(*l)->line;
			if ((*l)->in == in && line != last &&
			    !strcmp(line->word[0].text, hooks[i]))
				doctor_found(x, in, line->at,
					     "a later %s replaces this one",
					     hooks[i]);
		}
	}
}

/* A script may call us: only the absence of any script is certain. */
static void find_missing_hooks(struct doctor *x, const struct instance *in)
{
	size_t i;

	if (!in->config || has_plugin(x, in))
		return;
	for (i = 0; i < N_HOOKS; i++)
		if (!doctor_option(x, in, hooks[i]))
			doctor_found(x, in, LOC_NONE,
				     "\"%s\" has no %s: only reconcile learns the clients' addresses",
				     in->config, hooks[i]);
}

static bool is_user(const struct ovline *user)
{
	return user && user->n > 1 && strcmp(user->word[1].text, "root") != 0;
}

static void find_no_rights(struct doctor *x, const struct instance *in)
{
	const struct ovline *user = doctor_option(x, in, "user"), *hook;
	bool chroot = doctor_option(x, in, "chroot");
	size_t i;

	for (i = 0; i < N_HOOKS; i++) {
		hook = doctor_option(x, in, hooks[i]);
		if (!hook || !is_ours(hook))
			continue;
		if (chroot)
			doctor_found(x, in, hook->at,
				     "below its chroot the server does not find this program");
		else if (is_user(user) &&
			 !strstr(hook->word[1].text, "vpnpf-hook"))
			doctor_found(x, in, hook->at,
				     "the server runs as %s, so this hook may not change rules",
				     user->word[1].text);
	}
}

/* A variable's name that only such a plugin uses. */
static bool names_pf_file(const char *path)
{
	static const char name[] = "pf_file";
	struct sources set = { 0 };
	const struct source *src;
	bool found = false;

	if (!source_load(&set, AT_FDCWD, path, path, &src))
		found = memmem(src->text, src->size, name, sizeof(name));
	sources_fini(&set);
	return found;
}

/* The directory in which Debian's OpenVPN looks for a bare name. */
#define PLUGIN_FOLDER "/usr/lib/openvpn"

/* A script's line has its arguments, with the quoting of options. */
char *doctor_program(struct doctor *x, const struct doctor_line *l)
{
	const char *name = l->line.word[1].text;
	struct ovreader reader = { 0 };
	struct diag silent = { 0 };
	struct ovline words;

	if (!strcmp(l->line.word[0].text, "plugin"))
		return dir_join(strchr(name, '/') ? l->in->workdir
						     : PLUGIN_FOLDER, name);
	reader.src = source_text(&x->compile.load.sources, "", name,
				 strlen(name));
	if (ovline_next(&reader, &words, &silent) == 1)
		name = words.word[0].text;
	return dir_join(l->in->workdir, name);
}

static void find_old_plugin(struct doctor *x, const struct instance *in)
{
	struct doctor_line **l;
	char *path;

	vec_each(l, &x->lines) {
		if ((*l)->in != in || (*l)->line.n < 2 ||
		    strcmp((*l)->line.word[0].text, "plugin") != 0)
			continue;
		path = doctor_program(x, *l);
		if (!x->cli->offline && names_pf_file(path))
			doctor_found(x, in, (*l)->line.at,
				     "a packet filter plugin of OpenVPN 2.5: 2.6 loads it and never asks it");
		free(path);
	}
}

const struct doctor_check doctor_conf_checks[] = {
	{ "client-to-client",
	  "remove it, and set sysctl net.ipv4.ip_forward=1",
	  .run_server = find_client_to_client },
	{ "shared-interface", "dev with a number of its own for each",
	  find_shared_interface, NULL },
	{ "duplicate-cn", "remove it: a certificate for each client",
	  .run_server = find_duplicate_cn },
	{ "username-as-common-name",
	  "let auth-user-pass-verify refuse names that are not the certificate's, or remove it",
	  .run_server = find_username },
	{ "no-client-certificate",
	  "verify-client-cert require, or username-as-common-name",
	  .run_server = find_no_certificate },
	{ "management-client-pf", "remove it: see vpnpf-migration(7)",
	  .run_server = find_management_pf },
	{ "script-security", "script-security 2",
	  .run_server = find_script_security },
	{ "hook-overridden",
	  "one line of each; let a script call both programs",
	  .run_server = find_overridden },
	{ "hook-missing", "add the three hooks of examples/server.conf, or the plugin",
	  .run_server = find_missing_hooks },
	{ "hooks-without-rights",
	  "vpnpf-openvpn.so or vpnpf-hook: see Unprivileged hooks in vpnpf(8)",
	  .run_server = find_no_rights },
	{ "old-pf-plugin", "remove the line: see vpnpf-migration(7)",
	  .run_server = find_old_plugin },
	{ NULL, NULL, NULL, NULL },
};
