/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words and numbers at the front of a slice.  Bytes that are read are removed
 * from the slice.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/str.h"

/* Blanks and tabs separate words. */
static inline bool scan_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * The UTF-8 character at the front of S: its length, 1 to 4 bytes, and its
 * number; 0 if there is none, overlong forms and surrogates included.
 */
size_t scan_utf8(struct str s, unsigned int *c);

/* The next word, without blanks; empty at the end of S. */
struct str scan_word(struct str *s);

/* Equal, ignoring the case of ASCII letters; independent of the locale. */
bool scan_equal_nocase(struct str a, struct str b);

/* All of S as a decimal number from 0 to MAX without sign or leading zeros. */
bool scan_decimal(struct str s, unsigned int max, unsigned int *out);

struct scan_number {
	uint32_t value;
	bool wraps;		/* VALUE is not the number in the text */
	bool octal;		/* inet_aton(3) would read a different number */
};

/*
 * A number as sscanf(3) of glibc reads it where long has 64 bits: white space,
 * a sign, digits; clamped to 64 bits, then cut to the lower 32 bits.
 * scan_signed is "%d", scan_unsigned is "%u" (a sign is allowed there too).
 * False: there is no number.
 */
bool scan_signed(struct str *s, struct scan_number *out);
bool scan_unsigned(struct str *s, struct scan_number *out);
