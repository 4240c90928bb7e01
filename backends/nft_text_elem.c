/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nft_text.h"

#include <string.h>

#include "backends/nft_rule.h"

/* Length of the prefix that is exactly FROM to TO, or -1. */
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

static void format_field(const struct set *set, const struct nft_field *field,
			 const uint8_t *from, const uint8_t *to, char *buf,
			 size_t size)
{
	if (field->id == TYPE_INTEGER)
		snprintf(buf, size, "%u", (unsigned int)from[0] << 24 |
			 from[1] << 16 | from[2] << 8 | from[3]);
	else if (field->id == TYPE_ETHERADDR)
		snprintf(buf, size, "%02x:%02x:%02x:%02x:%02x:%02x", from[0],
			 from[1], from[2], from[3], from[4], from[5]);
	else
		format_range(set->family, from, to, buf, size);
}

const char *nft_text_elem(const struct set *set, const struct elem *elem,
			  char buf[static ELEM_TEXT])
{
	const struct nft_field *fields[KEY_FIELDS];
	unsigned int n = nft_rule_fields(set, fields), i, off = 0;
	size_t len = 0;

	buf[0] = '\0';
	for (i = 0; i < n; i++) {
		if (i)
			len += (size_t)snprintf(buf + len, ELEM_TEXT - len,
						" . ");
		format_field(set, fields[i], elem->key + off, elem->end + off,
			     buf + len, ELEM_TEXT - len);
		len += strlen(buf + len);
		off += fields[i]->len;
	}
	if (elem->target)
		snprintf(buf + len, ELEM_TEXT - len, " : jump %s",
			 elem->target);
	return buf;
}
