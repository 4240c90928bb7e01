/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of files in a client-config-dir.  OpenVPN reads a file only when a
 * client of exactly that name connects, so copies that editors, packagers and
 * people leave there do it no harm.
 */
#pragma once

#include "compiler/base/str.h"

enum ccd_copy {
	CCD_ORIGINAL,
	CCD_COPY,		/* "john.bak", "Copy of john", ".john" */
	CCD_COPY_BESIDE,	/* "john.1", "john_old": a copy only if the
				 * file "john" is there, too */
};

/* What FILE looks like by its name.  *STEM: the name of the file that it would
 * be a copy of, a slice of FILE; it may be empty. */
enum ccd_copy ccd_name_copy(struct str file, struct str *stem);
