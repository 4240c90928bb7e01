/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/pf/pfread.h"

#include <stdarg.h>

/* Malloced; NULL: messages are only counted. */
__attribute__((format(printf, 2, 0)))
static char *format(const struct pfread *r, const char *fmt, va_list ap)
{
	char *text;

	if (!r->d->out || vasprintf(&text, fmt, ap) < 0)
		return NULL;
	return text;
}

static const char *text_of(const char *text)
{
	return text ? text : "";
}

void pfread_error(struct pfread *r, struct loc at, const char *fmt, ...)
{
	va_list ap;
	char *text;

	r->shown = r->errors++ < DIAG_BUDGET;
	if (r->errors == DIAG_BUDGET + 1)
		diag_error(r->d, at, 0, "too many errors");
	if (!r->shown)
		return;
	va_start(ap, fmt);
	text = format(r, fmt, ap);
	va_end(ap);
	diag_error(r->d, at, 0, "%s", text_of(text));
	free(text);
}

void pfread_warn(struct pfread *r, struct loc at, const char *fmt, ...)
{
	va_list ap;
	char *text;

	r->shown = r->warnings++ < DIAG_BUDGET;
	if (r->warnings == DIAG_BUDGET + 1)
		diag_warn(r->d, at, "too many warnings");
	if (!r->shown)
		return;
	va_start(ap, fmt);
	text = format(r, fmt, ap);
	va_end(ap);
	diag_warn(r->d, at, "%s", text_of(text));
	free(text);
}

void pfread_note(struct pfread *r, struct loc at, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (!r->shown)
		return;
	va_start(ap, fmt);
	text = format(r, fmt, ap);
	va_end(ap);
	diag_note(r->d, at, "%s", text_of(text));
	free(text);
}
