/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON of our own types.  Text that is not UTF-8, which JSON cannot hold, is
 * shown as in messages: \xHH.
 */
#pragma once

#include <jansson.h>

#include "compiler/base/source.h"

void json_put_str(json_t *object, const char *key, struct str value);
/* Nothing is put for NULL. */
void json_put_text(json_t *object, const char *key, const char *value);
/* "john.pf:2:1"; nothing is put for no place. */
void json_put_place(json_t *object, const char *key, struct loc at);

/* Print ROOT and give it up. */
void json_print(json_t *root);
