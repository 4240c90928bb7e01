/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/mem.h"

#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *mem_check(void *p)
{
	struct pollfd err = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (!p) {
		/* do not block on stderr: the process may hold a lock */
		if (poll(&err, 1, 0) > 0)
			fputs("vpnpf: error: out of memory\n", stderr);
		_exit(2);
	}
	return p;
}

void *mem_alloc(size_t size)
{
	return mem_check(malloc(size ? size : 1));
}

void *mem_zalloc(size_t n, size_t size)
{
	return mem_check(calloc(n ? n : 1, size ? size : 1));
}

void *mem_realloc(void *p, size_t n, size_t size)
{
	return mem_check(reallocarray(p, n ? n : 1, size ? size : 1));
}

char *mem_dup(const char *text, size_t len)
{
	char *copy = mem_alloc(len + 1);

	if (len)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *mem_copy(const char *text)
{
	return text ? mem_dup(text, strlen(text)) : NULL;
}

char *mem_vprintf(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	return mem_check(text);
}

char *mem_printf(const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = mem_vprintf(fmt, ap);
	va_end(ap);
	return text;
}
