/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/state/state.h"

#include <fcntl.h>

#include "compiler/base/name.h"

void state_add_seen(const struct sources *files, struct table_edits *out)
{
	const struct seen *seen;
	char text[STAMP_TEXT];
	char *path;

	vec_each(seen, &files->seen) {
		path = name_mangle(str_of(seen->path));
		table_edit(out, true,
			   mem_printf("r\t%s\t%s", path,
				      stamp_format(&seen->stamp, text)));
		free(path);
	}
}

bool state_has_seen(const struct state *s, const char *path,
		    const struct stamp *stamp)
{
	char *mangled = name_mangle(str_of(path)), buf[STAMP_TEXT];
	char *text = mem_printf("r\t%s\t%s", mangled,
				stamp ? stamp_format(stamp, buf) : "");
	bool there = table_find(&s->policy, str_of(text)).p;

	free(text);
	free(mangled);
	return there;
}

static bool is_same(const struct state *s, struct str line)
{
	char *path = name_unmangle(table_field(line, 1)), text[STAMP_TEXT];
	struct stamp now;
	bool same;

	same = path && !stamp_read(AT_FDCWD, path, &now) &&
	       now.changed < s->read_at.now &&
	       str_equal(table_field(line, 2),
			 str_of(stamp_format(&now, text)));
	free(path);
	return same;
}

bool state_seen_is_same(const struct state *s)
{
	struct str line;

	for (line = table_find(&s->policy, STR("r\t")); line.p;
	     line = table_next(&s->policy, line, STR("r\t")))
		if (!is_same(s, line))
			return false;
	return true;
}
