/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's side of the helper: started while OpenVPN is root, asked later.
 * It cannot be started again. This code runs in OpenVPN's process: libc only,
 * no globals, no signal handlers, no children left.
 */
#pragma once

#include <stdbool.h>

#include <openvpn/openvpn-plugin.h>

#include "cli/plugin/helper_msg.h"

struct helper_link {
	int sock;		/* -1: the helper is gone */
	uint32_t asked, answered;	/* the last of each */
	plugin_log_t log;
};

/* Run PROGRAM with the options GIVEN and the environment ENVP (both end with
 * NULL) as helper. 0: it is ready; else -errno (reported). End with
 * helper_link_end. */
int helper_link_start(struct helper_link *l, const char *program,
		      const char *const *given, const char *const *envp);
/* This also ends the helper. */
void helper_link_end(struct helper_link *l);

/*
 * Send Q, and log the helper's messages. 0: done; else -errno (reported).
 * FAREWELL: OpenVPN ignores the result, but the work must be done.
 */
int helper_link_ask(struct helper_link *l, struct helper_question *q,
		    bool farewell);
