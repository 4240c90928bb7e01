/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Lower case only, as OpenVPN prints. */
static bool parse_mac(const char *text, uint8_t out[static 6])
{
	uint8_t mac[6];
	unsigned int i;
	int high, low;

	for (i = 0; i < 6; i++) {
		high = hex_digit(text[3 * i]);
		low = hex_digit(text[3 * i + 1]);
		if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != ':'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(out, mac, sizeof(mac));
	return true;
}

/* "@" and a number, or nothing. */
static bool is_vlan(struct str s)
{
	size_t i;

	for (i = 1; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return !s.n || (s.n > 1 && s.p[0] == '@');
}

int endpoint_parse(struct str text, struct endpoint *out)
{
	const size_t n = MAC_TEXT - 1;

	*out = (struct endpoint){ 0 };
	out->is_mac = text.n >= n && is_vlan(str_from(text, n)) &&
		      parse_mac(text.p, out->mac);
	return out->is_mac ? 0 : prefix_parse(text, &out->net);
}

const char *mac_format(const uint8_t mac[static 6], char buf[static MAC_TEXT])
{
	snprintf(buf, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5]);
	return buf;
}

const char *endpoint_format(const struct endpoint *e,
			    char buf[static ADDR_TEXT])
{
	return e->is_mac ? mac_format(e->mac, buf)
			 : prefix_format(&e->net, buf);
}

int endpoint_cmp(const struct endpoint *a, const struct endpoint *b)
{
	int r = a->is_mac - b->is_mac;

	if (!r)
		r = memcmp(a->mac, b->mac, sizeof(a->mac));
	return r ? r : prefix_cmp(&a->net, &b->net);
}
