/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standing findings: what stays wrong as long as its cause stands, though the
 * rules are those of the files. They do not go with a repair.
 *
 *	server-bad		the configuration of one server is wrong: it is
 *				shut
 *	client-to-client	this server passes packets from client to client
 *				itself
 *	bad-file		a .pf file is bad: its clients keep their
 *				previous rules, or are closed
 *	two-owners		an address that several files give: it is
 *				nobody's until a hook or the server tells whose
 *	interface-unnamed	an interface has an address of a server, but no
 *				section names it
 *	files-missing		the guard of missing.h; found by evict_sessions,
 *				and by what it has left in the state
 */
#pragma once

#include "cli/finding.h"
#include "compiler/compile.h"

/* The findings of C, after compile_files with COMPILE_LOADED; also if that
 * failed. C lends their places. */
void standing_find(struct compile *c, struct findings *out);
