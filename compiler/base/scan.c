/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/scan.h"

size_t scan_utf8(struct str s, unsigned int *c)
{
	/* smallest character of each length; a smaller one is overlong */
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n, i;

	if (!s.n)
		return 0;
	n = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 :
	    p[0] < 0xf0 ? 3 : p[0] < 0xf8 ? 4 : 0;
	if (!n || n > s.n)
		return 0;
	*c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000))
		return 0;
	return n;
}

struct str scan_word(struct str *s)
{
	struct str word;

	while (s->n && scan_is_blank(*s->p))
		*s = str_from(*s, 1);
	word = (struct str){ s->p, 0 };
	while (word.n < s->n && !scan_is_blank(word.p[word.n]))
		word.n++;
	*s = str_from(*s, word.n);
	while (s->n && scan_is_blank(*s->p))
		*s = str_from(*s, 1);
	return word;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool scan_equal_nocase(struct str a, struct str b)
{
	size_t i;

	if (a.n != b.n)
		return false;
	for (i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool scan_decimal(struct str s, unsigned int max, unsigned int *out)
{
	uint64_t v = 0;
	size_t i;

	if (!s.n || s.n > 10 || (s.n > 1 && s.p[0] == '0'))
		return false;
	for (i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return false;
		v = 10 * v + (uint64_t)(s.p[i] - '0');
	}
	*out = (unsigned int)v;
	return v <= max;
}

/* A number as written, before the conversion to 32 bits. */
struct literal {
	uint64_t v;
	bool negative, over, zero_led;
};

static bool scan_literal(struct str *s, struct literal *out)
{
	struct literal x = { 0 };
	size_t i = 0;

	while (i < s->n && (s->p[i] == ' ' ||
			    (s->p[i] >= '\t' && s->p[i] <= '\r')))
		i++;
	if (i < s->n && (s->p[i] == '+' || s->p[i] == '-'))
		x.negative = s->p[i++] == '-';
	if (i == s->n || !is_digit(s->p[i]))
		return false;
	x.zero_led = s->p[i] == '0';
	for (; i < s->n && is_digit(s->p[i]); i++)
		x.over |= __builtin_mul_overflow(x.v, 10u, &x.v) ||
			  __builtin_add_overflow(x.v, s->p[i] - '0', &x.v);
	*s = str_from(*s, i);
	*out = x;
	return true;
}

static struct scan_number squeeze(const struct literal *x, uint64_t v)
{
	uint32_t value = (uint32_t)v;

	return (struct scan_number){
		.value = value,
		.wraps = x->over || x->v != value || (x->negative && x->v),
		.octal = x->zero_led && value >= 8,
	};
}

bool scan_signed(struct str *s, struct scan_number *out)
{
	struct literal x;
	uint64_t v, limit;

	if (!scan_literal(s, &x))
		return false;
	limit = (uint64_t)INT64_MAX + x.negative;
	v = x.over || x.v > limit ? limit : x.v;
	*out = squeeze(&x, x.negative ? -v : v);
	return true;
}

bool scan_unsigned(struct str *s, struct scan_number *out)
{
	struct literal x;

	if (!scan_literal(s, &x))
		return false;
	*out = squeeze(&x, x.over ? UINT64_MAX : x.negative ? -x.v : x.v);
	return true;
}
