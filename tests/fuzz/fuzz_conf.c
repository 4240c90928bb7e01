/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <unistd.h>

#include "compiler/conf/conf.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct fuzz *f)
{
	struct conf_options options = { 0 };
	struct conf conf;
	char path[32];
	int fd = fuzz_file(f, path);

	options.file = path;
	conf_load(&options, &f->sources, &conf, &f->diag);
	conf_fini(&conf);
	close(fd);
}
