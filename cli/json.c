/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "compiler/base/diag.h"

/* jansson accepts only UTF-8. */
static json_t *json_escaped(struct str value)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	json_t *json;

	if (!f)
		return json_null();
	diag_print_escaped(f, value);
	fclose(f);
	json = json_stringn(text, n);
	free(text);
	return json;
}

void json_put_str(json_t *object, const char *key, struct str value)
{
	json_t *json = json_stringn(value.n ? value.p : "", value.n);

	json_object_set_new(object, key, json ? json : json_escaped(value));
}

void json_put_text(json_t *object, const char *key, const char *value)
{
	if (value)
		json_put_str(object, key, str_of(value));
}

void json_put_place(json_t *object, const char *key, struct loc at)
{
	char text[512];

	if (!at.src)
		return;
	loc_format(at, text, sizeof(text));
	json_put_text(object, key, text);
}

json_t *json_binding(const struct binding *b)
{
	json_t *item = json_object();
	char text[ADDR_TEXT];

	json_put_text(item, "address", prefix_format(&b->net, text));
	json_put_text(item, "source", binding_source_name(b->source));
	json_put_str(item, "server", b->instance);
	json_put_place(item, "at", b->at);
	return item;
}

void json_print(json_t *root)
{
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}
