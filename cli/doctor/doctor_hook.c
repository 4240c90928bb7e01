/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks of the hooks and plugins of a server.conf. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor/doctor.h"
#include "cli/doctor/doctor_script.h"
#include "compiler/base/dir.h"

/* OpenVPN uses only the last line of each. */
static const char *const hooks[] = {
	"client-connect", "client-disconnect", "learn-address",
};

enum { N_HOOKS = sizeof(hooks) / sizeof(*hooks) };

/* The options whose programs the old filter's script was; the first three are
 * hooks of vpnpf. */
static bool runs_script(const struct ovline *line)
{
	static const char *const others[] = {
		"auth-user-pass-verify", "tls-verify", "up",
	};
	size_t i;

	for (i = 0; i < N_HOOKS; i++)
		if (!strcmp(line->word[0].text, hooks[i]))
			return line->n > 1;
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (!strcmp(line->word[0].text, others[i]))
			return line->n > 1;
	return false;
}

static bool is_plugin(const struct ovline *line)
{
	return line->n > 1 && !strcmp(line->word[0].text, "plugin");
}

static bool is_ours(const struct ovline *line)
{
	return line->n > 1 && strstr(line->word[1].text, "vpnpf");
}

static bool has_plugin(const struct doctor *x, const struct instance *in)
{
	struct doctor_line **l;

	vec_each(l, &x->lines)
		if ((*l)->in == in && is_plugin(&(*l)->line) &&
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

/* Does the hook call vpnpf, or can this not be known? */
static bool may_call_us(struct doctor *x, const struct doctor_line *l)
{
	struct script_answer answer;
	bool may;

	if (x->cli->offline || is_ours(&l->line))
		return true;
	answer = script_find(x, l, "vpnpf");
	may = answer.path || answer.unread;
	free(answer.path);
	return may;
}

static void find_missing_hooks(struct doctor *x, const struct instance *in)
{
	const struct doctor_line *l;
	size_t i;

	if (!in->config || has_plugin(x, in))
		return;
	for (i = 0; i < N_HOOKS; i++) {
		l = doctor_last_line(x, in, hooks[i]);
		if (!l)
			doctor_found(x, in, LOC_NONE,
				     "\"%s\" has no %s: only reconcile learns the clients' addresses",
				     in->config, hooks[i]);
		else if (l->line.n > 1 && !may_call_us(x, l))
			doctor_found(x, in, l->line.at,
				     "this %s does not call vpnpf: only reconcile learns the clients' addresses",
				     hooks[i]);
	}
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

/* A variable that only the filter of OpenVPN 2.5 had. */
#define PF_FILE "pf_file"

/* A file with $pf_file that L runs or gives to its plugin; malloced or NULL. */
static char *find_pf_file(struct doctor *x, const struct doctor_line *l)
{
	return script_find(x, l, PF_FILE).path;
}

/* Is there a script with $pf_file? */
static bool has_old_script(struct doctor *x, const struct instance *in)
{
	struct doctor_line **l;
	char *path;
	bool has = false;

	vec_each(l, &x->lines) {
		if (has || (*l)->in != in || !runs_script(&(*l)->line))
			continue;
		path = find_pf_file(x, *l);
		has = path;
		free(path);
	}
	return has;
}

/* Plugins with another task ask for one of these; the smallest plugin that
 * switches the old filter on asks for nothing. */
static bool has_a_task(const char *path)
{
	static const char *const variables[] = {
		"common_name", "daemon", "password", "trusted_ip", "username",
	};
	size_t i;

	for (i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		if (script_has(path, variables[i]))
			return true;
	return false;
}

static bool is_old_plugin(struct doctor *x, const struct doctor_line *l)
{
	char *path = doctor_program(x, l), *file = find_pf_file(x, l);
	bool is_old = file || strstr(path, "minimal_pf") ||
		      (!access(path, R_OK) && !has_a_task(path) &&
		       has_old_script(x, l->in));

	free(file);
	free(path);
	return is_old;
}

static void find_old_plugin(struct doctor *x, const struct instance *in)
{
	struct doctor_line **l;

	if (x->cli->offline)
		return;
	vec_each(l, &x->lines)
		if ((*l)->in == in && is_plugin(&(*l)->line) &&
		    !is_ours(&(*l)->line) && is_old_plugin(x, *l))
			doctor_found(x, in, (*l)->line.at,
				     "a packet filter plugin of OpenVPN 2.5: 2.6 loads it and never asks it");
}

static void find_old_script(struct doctor *x, const struct instance *in)
{
	struct doctor_line **l;
	char *path;

	if (x->cli->offline)
		return;
	vec_each(l, &x->lines) {
		if ((*l)->in != in || !runs_script(&(*l)->line))
			continue;
		path = find_pf_file(x, *l);
		if (path)
			doctor_found(x, in, (*l)->line.at,
				     "\"%s\" uses $pf_file, which OpenVPN 2.6 does not set: where the script then fails, every client is refused",
				     path);
		free(path);
	}
}

const struct doctor_check doctor_hook_checks[] = {
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
	{ "old-pf-script",
	  "take $pf_file out, and end it with vpnpf connect: see vpnpf-migration(7)",
	  .run_server = find_old_script },
	{ NULL, NULL, NULL, NULL },
};
