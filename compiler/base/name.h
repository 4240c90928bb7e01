/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Common names.  A name is raw bytes, compared as bytes; OpenVPN has replaced
 * bytes below 32 and 127 by "_" and refuses more than 64 bytes before anybody
 * sees it (ssl_verify.c of 2.4 to 2.6).
 */
#pragma once

#include <stdbool.h>

#include "compiler/base/str.h"

#define NAME_MAX_BYTES 64

/* A name that no file can have, not even DEFAULT.pf serves it: who comes but
 * cannot be named. */
#define NAME_NOBODY "."

/* Can a client have this name: 1 to 64 bytes, none below 32, no 127? */
bool name_is_possible(struct str name);

/*
 * The name by which an IKE identity goes: of a distinguished name ("C=FR,
 * O=Example, CN=alice") the CN, of anything else (user@host, a domain, an
 * address) the whole.  *out is a slice of ID.  -EINVAL: a distinguished name
 * without a CN, or with several, of which nobody knows which one counts.
 */
int name_of_identity(struct str id, struct str *out);

/*
 * NAME as it stands in a chain's name: bytes outside [A-Za-z0-9_.-] as "/hh".
 * Injective.  Malloced.
 */
char *name_mangle(struct str name);

/* The name that name_mangle made TEXT of, malloced; NULL: of none. */
char *name_unmangle(struct str text);

/*
 * NAME as a file's name below a folder: "/" becomes "_" (as OpenVPN's
 * platform_gen_path).  Malloced; NULL for "", "." and "..", which have none.
 */
char *name_file(struct str name, const char *suffix);
