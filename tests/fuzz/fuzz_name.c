/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A word that somebody else chose: a name, an identity, an address. */
#include "config.h"

#include <stdlib.h>

#include "compiler/base/name.h"
#include "compiler/base/prefix.h"
#include "compiler/openvpn/ccd_name.h"
#include "tests/fuzz/fuzz.h"

static void mangle(struct str name)
{
	char *mangled = name_mangle(name), *back;

	back = name_unmangle(str_of(mangled));
	if (!back || !str_equal(str_of(back), name))
		abort();
	free(back);
	free(mangled);
}

/* What can be unmangled is what mangling makes. */
static void unmangle(struct str text)
{
	char *name = name_unmangle(text), *again;

	if (!name)
		return;
	again = name_mangle(str_of(name));
	if (!str_equal(str_of(again), text))
		abort();
	free(again);
	free(name);
}

static void make_file(struct str name)
{
	char *file = name_file(name, ".pf");

	if (file && strchr(file, '/'))
		abort();
	free(file);
}

static void take_identity(struct str id)
{
	struct str name;

	if (!name_of_identity(id, &name) &&
	    (name.p < id.p || name.p + name.n > id.p + id.n))
		abort();
}

static void take_copy(struct str file)
{
	struct str stem;

	if (ccd_name_copy(file, &stem) != CCD_ORIGINAL &&
	    (stem.p < file.p || stem.p + stem.n > file.p + file.n))
		abort();
}

static void parse_address(struct str text)
{
	struct prefix p, again;
	char buf[ADDR_TEXT];

	if (prefix_parse(text, &p))
		return;
	if (prefix_parse(str_of(prefix_format(&p, buf)), &again) ||
	    prefix_cmp(&p, &again))
		abort();
}

void fuzz_one(struct fuzz *f)
{
	struct str text = source_str(fuzz_source(f, "name"));

	name_is_possible(text);
	take_identity(text);
	parse_address(text);
	unmangle(text);
	/* names are C strings before they come here */
	text.n = strlen(text.p);
	mangle(text);
	make_file(text);
	take_copy(text);
}
