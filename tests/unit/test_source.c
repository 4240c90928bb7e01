/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/base/source.h"

struct place {
	struct sources set;
	char path[32];
	int fd;
};

static int begin(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->path, "/tmp/test_source.XXXXXX");
	if (!mkdtemp(p->path))
		return -1;
	p->fd = open(p->path, O_RDONLY | O_DIRECTORY);
	*state = p;
	return p->fd < 0 ? -1 : 0;
}

static int end(void **state)
{
	struct place *p = *state;

	unlinkat(p->fd, "file", 0);
	unlinkat(p->fd, "link", 0);
	close(p->fd);
	rmdir(p->path);
	sources_fini(&p->set);
	free(p);
	return 0;
}

static void put(const struct place *p, const char *text, size_t size)
{
	int fd = openat(p->fd, "file", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	close(fd);
}

static void files_are_read_whole(void **state)
{
	static const char text[] = "a\0b\nno end";
	struct place *p = *state;
	const struct source *src;

	put(p, text, sizeof(text) - 1);
	assert_int_equal(source_load(&p->set, p->fd, "file", "f", &src), 0);
	assert_int_equal(src->size, sizeof(text) - 1);
	assert_memory_equal(src->text, text, sizeof(text));
	assert_string_equal(src->name, "f");
}

static void large_and_empty_files_are_read(void **state)
{
	struct place *p = *state;
	const struct source *src;
	char *text = calloc(1, 1000000);

	put(p, text, 1000000);
	free(text);
	assert_int_equal(source_load(&p->set, p->fd, "file", "f", &src), 0);
	assert_int_equal(src->size, 1000000);
	put(p, "", 0);
	assert_int_equal(source_load(&p->set, p->fd, "file", "f", &src), 0);
	assert_int_equal(src->size, 0);
	assert_int_equal(src->text[0], 0);
}

static void files_whose_size_is_said_to_be_0_are_read(void **state)
{
	struct place *p = *state;
	const struct source *src;

	if (access("/proc/self/status", R_OK))
		skip();
	assert_int_equal(source_load(&p->set, AT_FDCWD, "/proc/self/status",
				     "s", &src), 0);
	assert_true(src->size > 64);
}

static void links_are_followed(void **state)
{
	struct place *p = *state;
	const struct source *src;

	put(p, "x", 1);
	assert_int_equal(symlinkat("file", p->fd, "link"), 0);
	assert_int_equal(source_load(&p->set, p->fd, "link", "l", &src), 0);
	assert_int_equal(src->size, 1);
}

static void what_is_no_file_is_refused(void **state)
{
	struct place *p = *state;
	const struct source *src = NULL;

	assert_int_equal(source_load(&p->set, p->fd, "none", "n", &src),
			 -ENOENT);
	assert_int_equal(source_load(&p->set, p->fd, ".", "n", &src),
			 -EISDIR);
	assert_int_equal(mkfifoat(p->fd, "file", 0600), 0);
	assert_int_equal(source_load(&p->set, p->fd, "file", "n", &src),
			 -EINVAL);
	assert_null(src);
}

static void files_that_are_too_large_are_refused(void **state)
{
	struct place *p = *state;
	const struct source *src;

	int fd = openat(p->fd, "file", O_WRONLY | O_CREAT, 0600);

	assert_int_equal(ftruncate(fd, SOURCE_MAX + 1), 0);
	assert_int_equal(source_load(&p->set, p->fd, "file", "f", &src),
			 -EFBIG);
	assert_int_equal(ftruncate(fd, SOURCE_MAX), 0);
	assert_int_equal(source_load(&p->set, p->fd, "file", "f", &src), 0);
	close(fd);
}

static void links_can_be_told_from_files(void **state)
{
	struct place *p = *state;
	const struct source *src;

	put(p, "x", 1);
	assert_int_equal(symlinkat("file", p->fd, "link"), 0);
	assert_int_equal(source_load_plain(&p->set, p->fd, "link", "l", &src),
			 -ELOOP);
	assert_int_equal(source_load_plain(&p->set, p->fd, "file", "f", &src),
			 0);
}

static void what_is_loaded_by_its_path_was_seen(void **state)
{
	struct place *p = *state;
	const struct source *src;
	char path[64];

	put(p, "x", 1);
	assert_int_equal(source_load(&p->set, p->fd, "file", "f", &src), 0);
	assert_int_equal(p->set.seen.n, 0);
	snprintf(path, sizeof(path), "%s/file", p->path);
	assert_int_equal(source_load(&p->set, AT_FDCWD, path, "f", &src), 0);
	assert_int_equal(p->set.seen.n, 1);
	assert_string_equal(p->set.seen.v[0].path, path);
	assert_memory_equal(&p->set.seen.v[0].stamp, &src->stamp,
			    sizeof(src->stamp));
	assert_int_equal(src->stamp.size, 1);
}

static void what_is_not_there_was_seen_as_that(void **state)
{
	static const struct stamp none;
	struct place *p = *state;
	const struct source *src;
	char path[64];

	snprintf(path, sizeof(path), "%s/file", p->path);
	assert_int_equal(source_load(&p->set, AT_FDCWD, path, "f", &src),
			 -ENOENT);
	assert_int_equal(p->set.seen.n, 1);
	assert_memory_equal(&p->set.seen.v[0].stamp, &none, sizeof(none));
}

static void texts_are_copied(void **state)
{
	struct place *p = *state;
	char text[] = "abc";
	const struct source *src = source_text(&p->set, "t", text, 2);

	text[0] = 'x';
	assert_string_equal(src->text, "ab");
	assert_int_equal(src->size, 2);
}

static void expect_position(const struct source *src, size_t off,
			    unsigned int line, unsigned int column,
			    const char *text)
{
	unsigned int l, c;
	struct str s = source_line(src, off);

	source_position(src, off, &l, &c);
	assert_int_equal(l, line);
	assert_int_equal(c, column);
	assert_true(str_equal(s, str_of(text)));
}

static void offsets_become_lines_and_columns(void **state)
{
	struct place *p = *state;
	const struct source *src = source_text(&p->set, "t", "ab\n\ncd", 6);

	expect_position(src, 0, 1, 1, "ab");
	expect_position(src, 2, 1, 3, "ab");
	expect_position(src, 3, 2, 1, "");
	expect_position(src, 4, 3, 1, "cd");
	expect_position(src, 6, 3, 3, "cd");
	src = source_text(&p->set, "t", "a\n", 2);
	expect_position(src, 2, 2, 1, "");
	src = source_text(&p->set, "t", "", 0);
	expect_position(src, 0, 1, 1, "");
}

#define PLACE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE(files_are_read_whole),
		PLACE(large_and_empty_files_are_read),
		PLACE(files_whose_size_is_said_to_be_0_are_read),
		PLACE(links_are_followed),
		PLACE(what_is_no_file_is_refused),
		PLACE(files_that_are_too_large_are_refused),
		PLACE(links_can_be_told_from_files),
		PLACE(what_is_loaded_by_its_path_was_seen),
		PLACE(what_is_not_there_was_seen_as_that),
		PLACE(texts_are_copied),
		PLACE(offsets_become_lines_and_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
