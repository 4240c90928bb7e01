/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON of our own types. Bytes that are not UTF-8 are shown as in messages:
 * \xHH.
 */
#pragma once

#include <jansson.h>

#include "compiler/model/policy.h"

void json_put_str(json_t *object, const char *key, struct str value);
/* NULL: no key. */
void json_put_text(json_t *object, const char *key, const char *value);
/* "john.pf:2:1"; without a place no key. */
void json_put_place(json_t *object, const char *key, struct loc at);

/* A new object of B, without its client. */
json_t *json_binding(const struct binding *b);

/* Print ROOT and release it. */
void json_print(json_t *root);
