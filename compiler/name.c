/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/name.h"

#include <stdio.h>
#include <stdlib.h>

#include "compiler/mem.h"

bool name_is_possible(struct str name)
{
	size_t i;

	for (i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < 32 || name.p[i] == 127)
			return false;
	return name.n && name.n <= NAME_MAX_BYTES;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

char *name_mangle(struct str name)
{
	char *out = mem_alloc(3 * name.n + 1), *o = out;
	size_t i;

	for (i = 0; i < name.n; i++) {
		if (is_plain(name.p[i]))
			*o++ = name.p[i];
		else
			o += sprintf(o, "/%02x", (unsigned char)name.p[i]);
	}
	*o = '\0';
	return out;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *name_unmangle(struct str text)
{
	char *out = mem_alloc(text.n + 1), *o = out;
	int high, low;
	size_t i;

	for (i = 0; i < text.n; i++) {
		if (text.p[i] != '/') {
			*o++ = text.p[i];
			continue;
		}
		high = i + 2 < text.n ? hex_digit(text.p[i + 1]) : -1;
		low = high >= 0 ? hex_digit(text.p[i + 2]) : -1;
		if (low < 0) {
			free(out);
			return NULL;
		}
		*o++ = (char)(high << 4 | low);
		i += 2;
	}
	*o = '\0';
	return out;
}

char *name_file(struct str name, const char *suffix)
{
	char *out, *p;

	if (!name.n || str_equal(name, STR(".")) || str_equal(name, STR("..")))
		return NULL;
	out = mem_printf("%.*s%s", STR_ARG(name), suffix);
	for (p = out; *p; p++)
		if (*p == '/')
			*p = '_';
	return out;
}
