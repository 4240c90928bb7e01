/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration that was kept, without its header.  What is read must print
 * as a text that reads the same.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "compiler/conf/conf_text.h"
#include "tests/fuzz/fuzz.h"

static const char path[] = "/etc/vpnpf/vpnpf.conf";

static struct str printed(const struct conf *conf)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	conf_text_print(conf, path, out);
	fclose(out);
	return (struct str){ text, size };
}

static void check_round_trip(const struct conf *conf, struct sources *set)
{
	struct conf again = { 0 };
	struct str text = printed(conf), text_again;

	if (!conf_text_parse(source_text(set, "again", text.p, text.n), path,
			     set, &again))
		abort();
	text_again = printed(&again);
	if (!str_equal(text, text_again))
		abort();
	free((char *)text_again.p);
	free((char *)text.p);
	conf_fini(&again);
}

void fuzz_one(struct fuzz *f)
{
	struct conf conf = { 0 };

	if (conf_text_parse(fuzz_source(f, "kept"), path, &f->sources, &conf))
		check_round_trip(&conf, &f->sources);
	conf_fini(&conf);
}
