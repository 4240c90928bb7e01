/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by table.c, which reads, and table_write.c; no other file includes
 * this header.
 */
#pragma once

#include "compiler/base/table.h"

/* Before the sum in a header, and its digits. */
#define TABLE_SUM " sum="
#define TABLE_SUM_DIGITS 16

struct stat;

/*
 * table_write sets the nanoseconds of the mtime to this value.  Any other
 * writer changes them, and a reboot changes the value.  -1: it is not known.
 */
long table_seal(const struct stat *st, uint64_t boot);

/* For the member "boot"; 0: it cannot be read. */
uint64_t table_boot(void);

/* The line that begins at OFF. */
struct str table_line_at(const struct table *t, size_t off);
/* Offset of the first line that is not less than KEY, or of the end. */
size_t table_lower_bound(const struct table *t, struct str key);
/* The line at OFF if it begins with PREFIX; else {NULL, 0}. */
struct str table_line_if(const struct table *t, size_t off, struct str prefix);

/* What LINE adds to the sum of all lines; and this sum, without the header. */
uint64_t table_line_sum(struct str line);
uint64_t table_sum(const struct table *t);
/* The sum in the header; false: there is none, as in older versions. */
bool table_header_sum(const struct table *t, uint64_t *out);
