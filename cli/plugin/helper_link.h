/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper as the plugin sees it: started while OpenVPN is root, asked later.
 * It cannot be started again.  All lives within OpenVPN's process: libc only, no
 * globals, no signal handlers, no children left.
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

/* Run PROGRAM with the options GIVEN (ends with NULL) as helper.  0 when it has
 * said that it is ready, else -errno (said); end with helper_link_end. */
int helper_link_start(struct helper_link *l, const char *program,
		      const char *const *given);
/* The helper ends by this, too. */
void helper_link_end(struct helper_link *l);

/*
 * What the helper says to Q goes to the log.  0: it has done it; else -errno
 * (said).  FAREWELL: nobody looks at the answer, but it must be done.
 */
int helper_link_ask(struct helper_link *l, struct helper_question *q,
		    bool farewell);
