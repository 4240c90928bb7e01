/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/lower/ruleset.h"

#include <stdio.h>
#include <string.h>

#include "compiler/base/endpoint.h"

/* A range of IPv6 addresses is the longest field. */
#define FIELD_TEXT (2 * ADDR_TEXT)

/* The length of the prefix with the addresses FROM to TO, or -1. */
static int range_length(unsigned int family, const uint8_t *from,
			const uint8_t *to)
{
	unsigned int bits = family_bits(family), i, bit;
	int len = -1;

	for (i = 0; i < bits; i++) {
		bit = 0x80u >> (i & 7);
		if (len < 0 && !((from[i / 8] ^ to[i / 8]) & bit))
			continue;
		if (len < 0)
			len = (int)i;
		if ((from[i / 8] & bit) || !(to[i / 8] & bit))
			return -1;
	}
	return len < 0 ? (int)bits : len;
}

/* An address, a prefix, or a range. */
static void format_range(unsigned int family, const uint8_t *from,
			 const uint8_t *to, char *buf, size_t size)
{
	int len = range_length(family, from, to);
	struct prefix low = { .family = (uint8_t)family }, high = low;
	char a[ADDR_TEXT], b[ADDR_TEXT];

	low.len = high.len = (uint8_t)(len < 0 ? (int)family_bits(family)
					       : len);
	memcpy(low.addr.b, from, family_bytes(family));
	memcpy(high.addr.b, to, family_bytes(family));
	if (len < 0)
		snprintf(buf, size, "%s-%s", prefix_format(&low, a),
			 prefix_format(&high, b));
	else
		snprintf(buf, size, "%s", prefix_format(&low, a));
}

static void format_number(const uint8_t *b, char *buf, size_t size)
{
	snprintf(buf, size, "%u", (unsigned int)b[0] << 24 | b[1] << 16 |
		 b[2] << 8 | b[3]);
}

/* Write the key's first field into A, its second (or "") into B. */
static void format_fields(const struct set *set, const struct elem *e,
			  char a[static FIELD_TEXT], char b[static FIELD_TEXT])
{
	unsigned int n = family_bytes(set->family);

	b[0] = '\0';
	switch ((enum set_key)set->key) {
	case SET_KEY_PAIR:
		format_range(set->family, e->key + n, e->end + n, b,
			     FIELD_TEXT);
		break;
	case SET_KEY_ADDR_REQID:
		format_number(e->key + n, b, FIELD_TEXT);
		break;
	case SET_KEY_MAC_ADDR:
		mac_format(e->key, a);
		format_range(set->family, e->key + 6, e->end + 6, b,
			     FIELD_TEXT);
		return;
	case SET_KEY_STATE:
		format_number(e->key, a, FIELD_TEXT);
		return;
	case SET_KEY_ADDR:
		break;
	}
	format_range(set->family, e->key, e->end, a, FIELD_TEXT);
}

const char *elem_format(const struct set *set, const struct elem *elem,
			char buf[static ELEM_TEXT])
{
	char a[FIELD_TEXT], b[FIELD_TEXT];

	format_fields(set, elem, a, b);
	snprintf(buf, ELEM_TEXT, "%s%s%s%s%s%s%s", a, *b ? " . " : "", b,
		 elem->target ? " : jump " : "",
		 elem->target ? elem->target :
		 elem->comment ? " comment \"" : "",
		 elem->comment ? elem->comment : "",
		 elem->comment ? "\"" : "");
	return buf;
}
