/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that ends the program (exit status 2) when there is no memory.
 * A commit to the kernel is all or nothing, so no change is left half done.
 * The result is never NULL and is freed with free().
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

void *mem_check(void *p);	/* P, unless it is NULL */
void *mem_alloc(size_t size);			/* contents undefined */
void *mem_zalloc(size_t n, size_t size);	/* zeroed */
void *mem_realloc(void *p, size_t n, size_t size);
char *mem_dup(const char *text, size_t len);	/* adds a final NUL */
char *mem_copy(const char *text);	/* of a string; NULL for NULL */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *mem_vprintf(const char *fmt, va_list ap)
	__attribute__((format(printf, 1, 0)));
