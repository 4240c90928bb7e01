/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files in a client-config-dir that are no client's: the files that the
 * configuration names, and those whose name looks like a copy (ccd_name.h).
 * Such a file counts all the same
 *	- if a client of exactly this name is connected;
 *	- if it is a copy by its name only: it has a .pf file of its own, and
 *	  the file of which it would be a copy does not exist.
 */
#pragma once

#include "compiler/base/dir.h"
#include "compiler/conf/conf.h"
#include "compiler/model/policy.h"

struct passed_name {
	struct str name;
	bool live;		/* connected; else it has a .pf file */
};

struct passed_over {
	const struct conf *conf;
	VEC(struct passed_name) names;	/* by name; live ones first */
};

/* P has the clients with a .pf file and, without one, those that are connected;
 * no others.  P need not be sorted. */
void passed_over_init(struct passed_over *x, const struct conf *conf,
		      const struct policy *p);
void passed_over_fini(struct passed_over *x);

/* Is FILE in DIR no client's?  Else it is that of client NAME. */
bool passed_over_is(const struct passed_over *x, const struct dir *dir,
		    const char *file, struct str name);

/* The error R of dir_load: FILE is there, and no file as OpenVPN reads them (a
 * directory, a socket). */
bool passed_over_is_no_file(int r);
