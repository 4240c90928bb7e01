/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/scan.h"
#include "compiler/pf/pfread.h"

/* One line as OpenVPN's filter reads it, and its oddities. */
struct reading {
	struct str addr;	/* before the first "/" */
	struct str bits;	/* after the "/" */
	struct str rest;	/* after the last number that counts */
	struct prefix net;
	int32_t len;
	bool slash;
	bool trailing, wraps, octal, host_bits;
};

/* sscanf("%u.%u.%u.%u"), each below 256; the rest of the text is ignored. */
static bool read_address(struct reading *x)
{
	struct str s = x->addr;
	struct scan_number n;
	uint32_t ip = 0;
	int i;

	for (i = 0; i < 4; i++) {
		if (i && (!s.n || *s.p != '.'))
			return false;
		if (i)
			s = str_from(s, 1);
		if (!scan_unsigned(&s, &n) || n.value > 255)
			return false;
		ip = ip << 8 | n.value;
		x->wraps |= n.wraps;
		x->octal |= n.octal;
	}
	if (s.n) {
		x->trailing = true;
		x->rest = s;
	}
	x->net = prefix_ip4(ip, (unsigned int)x->len);
	x->host_bits = prefix_mask(&x->net);
	return true;
}

/* sscanf("%d"); the rest of the text is ignored.  False: there is none. */
static bool read_length(struct reading *x)
{
	struct scan_number n;
	struct str s = x->bits;

	x->len = 32;
	if (!x->slash)
		return true;
	if (!scan_signed(&s, &n))
		return false;
	x->len = (int32_t)n.value;
	x->wraps |= n.wraps;
	if (s.n) {
		x->trailing = true;
		x->rest = s;
	}
	return true;
}

static struct reading split(struct str text)
{
	const char *slash = memchr(text.p, '/', text.n);
	struct reading x = { .addr = text, .slash = slash };

	if (slash) {
		x.addr.n = (size_t)(slash - text.p);
		x.bits = str_from(text, x.addr.n + 1);
	}
	return x;
}

/* A hint for "10.0.0.0/255.0.0.0" and "10.0.0.0 255.0.0.0". */
static void note_netmask(struct pfread *r, const struct reading *x,
			 struct loc at)
{
	struct str s = x->addr, bits = x->bits, addr = scan_word(&s);
	int len = pfhint_netmask(scan_word(x->slash ? &bits : &s));

	if (len >= 0)
		pfread_note(r, at, "did you mean \"%.*s/%d\"?", STR_ARG(addr),
			    len);
}

static void say_no_length(struct pfread *r, const struct reading *x)
{
	pfread_error(r, loc_of(r->src, x->bits),
		     "\"/%.*s\" is no prefix length", STR_ARG(x->bits));
}

static void say_bad_length(struct pfread *r, const struct reading *x)
{
	struct loc at = loc_of(r->src, x->bits);

	pfread_error(r, at, "the prefix length must be from 0 to 32, "
		     "not \"%.*s\"", STR_ARG(x->bits));
	note_netmask(r, x, at);
}

static bool has_digit_or_dot(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if ((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '.')
			return true;
	return false;
}

/* A hint on text that is not an address, or NULL. */
static const char *address_hint(struct str text, struct str addr)
{
	struct str all = text, word = scan_word(&text);
	struct prefix p;

	if (memchr(all.p, ':', all.n)) {
		if (prefix_parse(word, &p))
			return NULL;
		return "nothing may stand before or after an IPv6 address";
	}
	if (scan_equal_nocase(scan_word(&addr), STR("unknown")))
		return "\"unknown\" is in small letters and alone on its line";
	if (has_digit_or_dot(word))
		return NULL;
	return "client names belong in [CLIENTS ...], and host names are not "
	       "looked up";
}

static void say_bad_address(struct pfread *r, struct str text,
			    const struct reading *x)
{
	struct loc at = loc_of(r->src, text);
	const char *hint = address_hint(text, x->addr);

	pfread_error(r, at, "\"%.*s\" is no address or prefix",
		     STR_ARG(text));
	if (hint)
		pfread_note(r, at, "%s", hint);
}

/* "10.0.0.0/8", with a remark for the surprising cases. */
static void describe(const struct prefix *net, char *buf, size_t size)
{
	char text[ADDR_TEXT];
	const struct prefix unknown = prefix_ip4(0, 32);

	prefix_format(net, text);
	if (!net->len)
		snprintf(buf, size, "%s, every address", text);
	else if (!prefix_cmp(net, &unknown))
		snprintf(buf, size, "\"unknown\": whatever is not IPv4");
	else if (prefix_is_host(net))
		snprintf(buf, size, "the one address %s", text);
	else
		snprintf(buf, size, "%s", text);
}

static void add_subnet(struct pfread *r, const struct prefix *net, bool accept,
		       struct loc at)
{
	vec_push(&r->out->subnets, ((struct pf_subnet){
		.net = *net, .accept = accept, .at = at,
	}));
}

static void warn_reading(struct pfread *r, struct str text,
			 const struct reading *x)
{
	bool zero_end = !x->slash && !x->net.addr.b[3];
	struct loc at = loc_of(r->src, text);
	char means[128];

	if (!x->trailing && !x->wraps && !x->octal && !x->host_bits &&
	    !zero_end)
		return;
	describe(&x->net, means, sizeof(means));
	pfread_warn(r, at, "\"%.*s\" means %s%s%.*s%s%s%s%s", STR_ARG(text),
		    means, x->trailing ? "; ignored: \"" : "",
		    STR_ARG(x->rest), x->trailing ? "\"" : "",
		    x->wraps ? "; a number does not fit and wraps" : "",
		    x->octal ? "; numbers with leading zeros are decimal" : "",
		    x->host_bits ? "; bits after the prefix are cleared" : "");
	if (x->trailing)
		note_netmask(r, x, at);
}

static bool is_mapped(const struct prefix *net)
{
	static const uint8_t head[12] = { [10] = 0xff, [11] = 0xff };

	return net->len >= 96 && !memcmp(net->addr.b, head, sizeof(head));
}

static void say_old_file(struct pfread *r, struct loc at)
{
	pfread_error(r, at, "OpenVPN's filter knows no IPv6 addresses");
	if (!r->opt->openvpn_25)
		pfread_note(r, at, "they are allowed below a [SERVICES] line, "
			    "which may be empty; OpenVPN 2.5 refuses such a "
			    "file");
}

/*
 * An IPv6 prefix, which 2.5.11 refuses; false: TEXT is not an IPv6 prefix.  An
 * old file with such a line is refused by 2.5.11, so nothing passes, and this
 * must stay so: a [SERVICES] line must come first.
 */
static bool read_ip6(struct pfread *r, struct str text, bool accept)
{
	struct loc at = loc_of(r->src, text);
	char means[ADDR_TEXT];
	struct prefix net;

	if (prefix_parse(text, &net) || net.family != FAMILY_IP6)
		return false;
	if (!r->extended) {
		say_old_file(r, at);
		return true;
	}
	if (prefix_mask(&net))
		pfread_warn(r, at, "\"%.*s\" means %s; bits after the prefix "
			    "are cleared", STR_ARG(text),
			    prefix_format(&net, means));
	else if (is_mapped(&net))
		pfread_warn(r, at, "no packet has this address: write the "
			    "IPv4 address alone");
	add_subnet(r, &net, accept, at);
	return true;
}

void pfsubnet_read(struct pfread *r, struct str text, bool accept)
{
	struct reading x = split(text);
	const struct prefix unknown = prefix_ip4(0, 32);
	bool has_length, good_length;

	if (str_equal(text, STR("unknown"))) {
		add_subnet(r, &unknown, accept, loc_of(r->src, text));
		return;
	}
	has_length = read_length(&x);
	good_length = has_length && x.len >= 0 && x.len <= 32;
	if (good_length && read_address(&x)) {
		warn_reading(r, text, &x);
		add_subnet(r, &x.net, accept, loc_of(r->src, text));
	} else if (read_ip6(r, text, accept)) {
		return;
	} else if (!has_length) {
		say_no_length(r, &x);
	} else if (!good_length && !memchr(text.p, ':', text.n)) {
		say_bad_length(r, &x);
	} else {
		say_bad_address(r, text, &x);
	}
}
