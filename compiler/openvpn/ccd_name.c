/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/openvpn/ccd_name.h"

#include <strings.h>

static const char *const suffixes[] = {
	"~", ".bak", ".backup", ".old", ".orig", ".save", ".sav", ".swp",
	".swo", ".tmp", ".new", ".rej", ".off", ".disabled", ".inactive",
	".rpmsave", ".rpmnew", ".rpmorig",
	".dpkg-old", ".dpkg-new", ".dpkg-dist", ".dpkg-bak", ".dpkg-tmp",
	".ucf-old", ".ucf-new", ".ucf-dist",
	/* no copy, but no client's either: the policy files of 2.5 */
	".pf",
};

/* Parts of many real names. */
static const char *const weak_suffixes[] = {
	"_bak", "_old", "_off", "_orig", "_save", "_disabled",
	"-bak", "-old", "-off", "-orig", "-save", "-disabled",
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Cut END off S; S has more than that. */
static bool cut_end(struct str *s, const char *end)
{
	size_t n = strlen(end);

	if (s->n <= n || strncasecmp(s->p + s->n - n, end, n) != 0)
		return false;
	s->n -= n;
	return true;
}

static bool cut_one_of(struct str *s, const char *const *ends, size_t n)
{
	for (; n; n--, ends++)
		if (cut_end(s, *ends))
			return true;
	return false;
}

/* Cut the digits, and what dates have between them, off the end of S. */
static bool cut_number(struct str *s)
{
	struct str left = *s;

	while (left.n && (is_digit(left.p[left.n - 1]) ||
			  (left.n < s->n && left.p[left.n - 1] == '-')))
		left.n--;
	if (left.n == s->n)
		return false;
	*s = left;
	return true;
}

/* "copy", "2nd copy", "1" */
static bool is_copy_word(struct str s)
{
	struct str left = s;

	if (cut_number(&left) && !left.n)
		return true;
	for (; s.n >= 4; s = str_from(s, 1))
		if (!strncasecmp(s.p, "copy", 4))
			return true;
	return false;
}

/* "john (copy)", "john (1)" */
static bool cut_brackets(struct str *s)
{
	struct str left = *s, word;

	if (!cut_end(&left, ")"))
		return false;
	word = left;
	while (left.n && left.p[left.n - 1] != '(')
		left.n--;
	word = str_from(word, left.n);
	if (!cut_end(&left, " (") || !is_copy_word(word))
		return false;
	*s = left;
	return true;
}

/* "john - Copy", "john copy 2" */
static bool cut_words(struct str *s)
{
	struct str left = *s;

	if (cut_number(&left) && !cut_end(&left, " "))
		return false;
	if (!cut_end(&left, " - copy") && !cut_end(&left, " copy"))
		return false;
	*s = left;
	return true;
}

/* ".john", "Copy of john", "#john#" */
static bool cut_begin(struct str *s)
{
	const struct str copy_of = STR("copy of ");

	if (s->n && *s->p == '.')
		*s = str_from(*s, 1);
	else if (s->n > copy_of.n &&
		 !strncasecmp(s->p, copy_of.p, copy_of.n))
		*s = str_from(*s, copy_of.n);
	else if (s->n > 2 && *s->p == '#' && cut_end(s, "#"))
		*s = str_from(*s, 1);
	else
		return false;
	return true;
}

#define CUT_ONE_OF(s, list) \
	cut_one_of(s, list, sizeof(list) / sizeof(*(list)))

enum ccd_copy ccd_name_copy(struct str file, struct str *stem)
{
	struct str left = file;

	*stem = file;
	if (cut_begin(stem) || CUT_ONE_OF(stem, suffixes) ||
	    cut_brackets(stem) || cut_words(stem))
		return CCD_COPY;
	if (CUT_ONE_OF(stem, weak_suffixes))
		return CCD_COPY_BESIDE;
	if (!cut_number(&left))
		return CCD_ORIGINAL;
	if (cut_end(&left, ".")) {
		*stem = left;
		return CCD_COPY_BESIDE;
	}
	/* "john.bak2" */
	if (!CUT_ONE_OF(&left, suffixes))
		return CCD_ORIGINAL;
	*stem = left;
	return CCD_COPY;
}
