/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words and numbers at the front of a slice.  What is read is taken off.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/str.h"

/* Blank or tab: what separates words. */
static inline bool scan_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * The UTF-8 character at the front of S: its length, 1 to 4 bytes, and its
 * number; 0 if there is none, overlong forms and surrogates included.
 */
size_t scan_utf8(struct str s, unsigned int *c);

/* The next word, without the blanks around it; empty at the end. */
struct str scan_word(struct str *s);

/* Equal but for the case of ASCII letters, whatever the locale. */
bool scan_equal_nocase(struct str a, struct str b);

/* All of S as a decimal number from 0 to MAX without sign or leading zeros. */
bool scan_decimal(struct str s, unsigned int max, unsigned int *out);

struct scan_number {
	uint32_t value;
	bool wraps;		/* what is written is another number */
	bool octal;		/* inet_aton(3) would read another number */
};

/*
 * A number as sscanf(3) of glibc with a long of 64 bits reads it: white space,
 * a sign, digits; what does not fit in 64 bits becomes the nearest that does,
 * of which the lower 32 bits are kept.  scan_signed is "%d", scan_unsigned
 * "%u" (which takes a sign, too).  False: no number there.
 */
bool scan_signed(struct str *s, struct scan_number *out);
bool scan_unsigned(struct str *s, struct scan_number *out);
