/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/conf_files.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test_conf.XXXXXX";

char said[16384];

struct sources set;

/* In turns, so that a few can be compared with each other. */
char *in_folder(const char *name)
{
	static char path[4][128];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
	return path[turn];
}

void write_bytes(const char *name, const char *text, size_t size)
{
	FILE *f = fopen(in_folder(name), "w");

	assert_non_null(f);
	fwrite(text, 1, size, f);
	fclose(f);
}

void write_file(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) && !mkdir(in_folder("sub"), 0700) ? 0 : -1;
}

int remove_folder(void **state)
{
	(void)state;
	sources_fini(&set);
	unlink(in_folder("v.conf"));
	unlink(in_folder("s.conf"));
	unlink(in_folder("fifo"));
	rmdir(in_folder("sub"));
	return rmdir(folder);
}

int load(const struct conf_options *opt, struct conf *out)
{
	struct diag d = { 0 };
	char *talk;
	size_t n;
	int err;

	d.out = open_memstream(&talk, &n);
	err = conf_load(opt, &set, out, &d);
	if (!err && conf_next_bad(out, NULL))
		err = -EINVAL;
	fclose(d.out);
	snprintf(said, sizeof(said), "%s", talk);
	free(talk);
	assert_int_equal(!err, !d.errors);
	return err;
}

int file(const char *text, struct conf *out)
{
	struct conf_options opt = { .file = in_folder("v.conf") };

	write_file("v.conf", text);
	return load(&opt, out);
}

int fails(const char *text)
{
	struct conf c;
	int err = file(text, &c);

	conf_fini(&c);
	return err;
}

bool option_error(const struct conf_options *opt, const char *text)
{
	struct conf c;
	int err = load(opt, &c);

	conf_fini(&c);
	return err == -EINVAL && strstr(said, text);
}

void expect_said(const char *text, const char *wanted)
{
	assert_int_equal(fails(text), -EINVAL);
	if (!strstr(said, wanted))
		fail_msg("%s\nsaid: %s\nwanted: %s", text, said, wanted);
}
