/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Common names.  A name is raw bytes, compared as bytes.  OpenVPN replaces
 * bytes below 32 and byte 127 by "_", and refuses names of more than 64 bytes
 * (ssl_verify.c of 2.4 to 2.6).
 */
#pragma once

#include <stdbool.h>

#include "compiler/base/str.h"

#define NAME_MAX_BYTES 64

/* The name of a client whose name cannot be determined.  No file can have this
 * name, and DEFAULT.pf does not apply. */
#define NAME_NOBODY "."

/* Can a client have this name: 1 to 64 bytes, none below 32, no 127? */
bool name_is_possible(struct str name);

/*
 * The client name of an IKE identity: the CN of a distinguished name ("C=FR,
 * O=Example, CN=alice"); the whole of any other identity (user@host, a domain,
 * an address).  *out is a slice of ID.  -EINVAL: a distinguished name with no
 * CN, or with several.
 */
int name_of_identity(struct str id, struct str *out);

/*
 * NAME for use in a chain name: bytes outside [A-Za-z0-9_.-] become "/hh".
 * Injective.  Malloced.
 */
char *name_mangle(struct str name);

/* The inverse: the name, malloced; NULL: name_mangle cannot return TEXT. */
char *name_unmangle(struct str text);

/*
 * The file name for NAME: "/" becomes "_" (as in OpenVPN's
 * platform_gen_path), then SUFFIX.  Malloced; NULL for "", "." and "..".
 */
char *name_file(struct str name, const char *suffix);
