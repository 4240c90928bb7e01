/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vpnpf-openvpn.so: OpenVPN's hooks without a process for each call, and
 * without privileges. While OpenVPN still has privileges the plugin starts a
 * helper that keeps them; later calls are questions to the helper. A question
 * without an answer is refused: without the helper the connected clients keep
 * their rules, and no other client can connect.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cli/plugin/helper_link.h"
#include "paths.h"

#define PROGRAM SBINDIR "/vpnpf"
#define PROGRAM_WORD "program="

#define EXPORT __attribute__((visibility("default")))

/* plugin FILE [program=PATH] OPTION...; the helper is told which server.conf
 * it is for. */
static int start(struct helper_link *l, const char **argv,
		 const char *const *envp)
{
	const char *program = PROGRAM;
	const char *config[] = { NULL, NULL };

	if (*argv)
		argv++;
	if (*argv && !strncmp(*argv, PROGRAM_WORD, strlen(PROGRAM_WORD)))
		program = *argv++ + strlen(PROGRAM_WORD);
	for (; envp && *envp; envp++)
		if (!strncmp(*envp, "config=", strlen("config=")))
			config[0] = *envp;
	return helper_link_start(l, program, argv, config);
}

EXPORT void openvpn_plugin_close_v1(openvpn_plugin_handle_t handle)
{
	helper_link_end(handle);
	free(handle);
}

EXPORT int
openvpn_plugin_open_v3(const int version,
		       struct openvpn_plugin_args_open_in const *args,
		       struct openvpn_plugin_args_open_return *ret)
{
	struct helper_link *l;

	/* the first version already has all that is used here */
	if (version < 1)
		return OPENVPN_PLUGIN_FUNC_ERROR;
	l = malloc(sizeof(*l));
	if (!l)
		return OPENVPN_PLUGIN_FUNC_ERROR;
	*l = (struct helper_link){
		.sock = -1, .log = args->callbacks->plugin_log,
	};
	if (start(l, args->argv, args->envp)) {
		openvpn_plugin_close_v1(l);
		return OPENVPN_PLUGIN_FUNC_ERROR;
	}
	ret->handle = l;
	ret->type_mask =
		OPENVPN_PLUGIN_MASK(OPENVPN_PLUGIN_CLIENT_CONNECT) |
		OPENVPN_PLUGIN_MASK(OPENVPN_PLUGIN_CLIENT_DISCONNECT) |
		OPENVPN_PLUGIN_MASK(OPENVPN_PLUGIN_LEARN_ADDRESS);
	return OPENVPN_PLUGIN_FUNC_SUCCESS;
}

static void add_variables(struct helper_question *q, const char *const *envp)
{
	static const char *const wanted[] = {
		"common_name=", "ifconfig_pool_remote_ip=",
		"ifconfig_pool_remote_ip6=", "dev=", "config=",
	};
	size_t i;

	for (; envp && *envp; envp++)
		for (i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
			if (!strncmp(*envp, wanted[i], strlen(wanted[i])))
				helper_question_add(q, HELPER_ENV, *envp);
}

static const char *command_of(int type)
{
	switch (type) {
	case OPENVPN_PLUGIN_CLIENT_CONNECT:
		return "connect";
	case OPENVPN_PLUGIN_CLIENT_DISCONNECT:
		return "disconnect";
	case OPENVPN_PLUGIN_LEARN_ADDRESS:
		return "learn-address";
	}
	return "";
}

EXPORT int
openvpn_plugin_func_v3(const int version,
		       struct openvpn_plugin_args_func_in const *args,
		       struct openvpn_plugin_args_func_return *ret)
{
	bool learn = args->type == OPENVPN_PLUGIN_LEARN_ADDRESS, farewell;
	const char **arg = args->argv;
	struct helper_question q;

	(void)version;
	(void)ret;
	farewell = args->type == OPENVPN_PLUGIN_CLIENT_DISCONNECT ||
		   (learn && arg[0] && arg[1] && !strcmp(arg[1], "delete"));
	helper_question_begin(&q, 0);
	helper_question_add(&q, HELPER_ARG, command_of(args->type));
	/* argv[0] is the plugin; "connect" has a file's name, which we do not
	 * need */
	while (learn && *arg && *++arg)
		helper_question_add(&q, HELPER_ARG, *arg);
	add_variables(&q, args->envp);
	return helper_link_ask(args->handle, &q, farewell) ?
		OPENVPN_PLUGIN_FUNC_ERROR : OPENVPN_PLUGIN_FUNC_SUCCESS;
}

EXPORT int openvpn_plugin_min_version_required_v1(void)
{
	return 3;
}
