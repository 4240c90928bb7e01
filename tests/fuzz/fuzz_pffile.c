/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first byte chooses the options, the rest is a .pf file.  What is read
 * must print as a text that reads the same.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>

#include "compiler/pf/pffile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *printed(const struct pffile *pf, size_t *size)
{
	char *text;
	FILE *out = open_memstream(&text, size);

	pffile_print(pf, out);
	fclose(out);
	return text;
}

static void check_round_trip(const struct pffile *pf, struct sources *set,
			     const struct pffile_options *opt)
{
	struct diag quiet = { 0 };
	struct pffile again;
	size_t size, size_again;
	char *text = printed(pf, &size), *text_again;

	if (pffile_parse(source_text(set, "again.pf", text, size), opt,
			 &again, &quiet))
		__builtin_trap();
	text_again = printed(&again, &size_again);
	if (size != size_again || memcmp(text, text_again, size))
		__builtin_trap();
	free(text_again);
	free(text);
	pffile_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char names[] = "a: john nick\nb: nick @a \"x y\"\n";
	struct sources set = { 0 };
	struct diag d = { .out = fopen("/dev/null", "w"), .verbose = true };
	struct pffile_options opt = { 0 };
	const struct source *src;
	struct groups groups;
	struct pffile pf;

	groups_parse(source_text(&set, "groups", names, sizeof(names) - 1),
		     &groups, &d);
	if (size) {
		opt.openvpn_25 = *data & 1;
		opt.groups = *data & 2 ? &groups : NULL;
		data++;
		size--;
	}
	src = source_text(&set, "john.pf", (const char *)data, size);
	pffile_parse(src, &opt, &pf, &d);
	if (pf.state == PFFILE_OK)
		check_round_trip(&pf, &set, &opt);
	pffile_fini(&pf);
	groups_fini(&groups);
	sources_fini(&set);
	fclose(d.out);
	return 0;
}
