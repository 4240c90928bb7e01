/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A server.conf, and the lines that it has in common with ccd files. */
#include "config.h"

#include <unistd.h>

#include "compiler/openvpn/ovconf.h"
#include "compiler/openvpn/ovline.h"
#include "tests/fuzz/fuzz.h"

static void ignore_line(void *arg, const struct ovline *line)
{
	(void)arg;
	(void)line;
}

/* The lines as a ccd file has them; ovconf_load reads them as the other. */
static void read_lines(struct fuzz *f)
{
	struct ovreader r = { .src = fuzz_source(f, "ccd"), .ccd = true };
	struct ovline line;

	while (ovline_next(&r, &line, &f->diag))
		;
}

void fuzz_one(struct fuzz *f)
{
	struct ovconf conf;
	char path[32];
	int fd = fuzz_file(f, path);

	ovconf_load(path, LOC_NONE, &f->sources, &conf, &f->diag);
	ovconf_fini(&conf);
	ovconf_lines(path, &f->sources, ignore_line, NULL);
	read_lines(f);
	close(fd);
}
