/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first byte chooses the options, the rest is a .pf file.  What is read
 * must print as a text that reads the same.
 */
#include "config.h"

#include "compiler/pf/pffile.h"
#include "tests/fuzz/fuzz.h"

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

void fuzz_one(struct fuzz *f)
{
	static const char names[] = "a: john nick\nb: nick @a \"x y\"\n";
	uint8_t options = fuzz_byte(f);
	struct pffile_options opt = { .openvpn_25 = options & 1 };
	struct groups groups;
	struct pffile pf;

	groups_parse(source_text(&f->sources, "groups", names,
				 sizeof(names) - 1), &groups, &f->diag);
	if (options & 2)
		opt.groups = &groups;
	pffile_parse(fuzz_source(f, "john.pf"), &opt, &pf, &f->diag);
	if (pf.state == PFFILE_OK)
		check_round_trip(&pf, &f->sources, &opt);
	pffile_fini(&pf);
	groups_fini(&groups);
}
