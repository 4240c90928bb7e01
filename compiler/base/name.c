/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/base/mem.h"

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

/* Length of the type: "O" in "O=Example", "2.5.4.3" in "2.5.4.3=x"; 0: S does
 * not begin with a type. */
static size_t type_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && is_plain(s.p[n]) && s.p[n] != '_')
		n++;
	return n < s.n && s.p[n] == '=' ? n : 0;
}

/* Length of the first part of a distinguished name; its value may hold ", ". */
static size_t part_length(struct str s)
{
	size_t n;

	for (n = 0; n + 2 < s.n; n++)
		if (s.p[n] == ',' && s.p[n + 1] == ' ' &&
		    type_length(str_from(s, n + 2)))
			return n;
	return s.n;
}

int name_of_identity(struct str id, struct str *out)
{
	struct str cn = { NULL, 0 }, part;

	if (!type_length(id)) {
		*out = id;
		return 0;
	}
	for (; id.n; id = str_from(id, part.n + 2)) {
		part = (struct str){ id.p, part_length(id) };
		if (type_length(part) != 2 || memcmp(part.p, "CN", 2) != 0)
			continue;
		if (cn.p)
			return -EINVAL;
		cn = str_from(part, 3);
	}
	*out = cn;
	return cn.p ? 0 : -EINVAL;
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
	bool good = true;
	size_t i;

	for (i = 0; good && i < text.n; i++, o++) {
		*o = text.p[i];
		if (*o != '/') {
			good = is_plain(*o);
			continue;
		}
		high = i + 2 < text.n ? hex_digit(text.p[i + 1]) : -1;
		low = high >= 0 ? hex_digit(text.p[i + 2]) : -1;
		good = low >= 0 && (high || low);
		if (good) {
			*o = (char)(high << 4 | low);
			good = !is_plain(*o);
		}
		i += 2;
	}
	*o = '\0';
	if (good)
		return out;
	free(out);
	return NULL;
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
