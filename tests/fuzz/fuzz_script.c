/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hook of a server.conf, a script that may run vpnpf or a file that does. */
#include "config.h"

#include <stdlib.h>

#include "cli/doctor/doctor_script.h"
#include "compiler/base/dir.h"
#include "tests/fuzz/fuzz.h"

static void put(const struct fuzz *f, const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(f->data, 1, f->size, file) != f->size ||
	    fclose(file))
		abort();
}

void fuzz_one(struct fuzz *f)
{
	/* it is in /dev, where doctor reads nothing */
	char *folder = mem_printf("/.%s", fuzz_folder());
	char *path = dir_join(folder, "hook.sh");
	struct instance in = { .workdir = folder };
	struct doctor_line l = { .in = &in, .line = { .n = 2 } };
	struct doctor x = { .cli = NULL };

	strcpy(l.line.word[0].text, "up");
	strcpy(l.line.word[1].text, path);
	put(f, path);
	free(script_find(&x, &l, "vpnpf").path);
	sources_fini(&x.compile.load.sources);
	free(path);
	free(folder);
}
