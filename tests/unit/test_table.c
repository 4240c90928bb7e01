/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/table.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/lib/rng.h"

struct dir {
	char path[64];
	int fd;
};

static int set_up(void **state)
{
	struct dir *f = mem_zalloc(1, sizeof(*f));

	snprintf(f->path, sizeof(f->path), "%s/vpnpf-test.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	*state = f;
	if (!mkdtemp(f->path))
		return -1;
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return f->fd < 0;
}

static int tear_down(void **state)
{
	struct dir *f = *state;

	unlinkat(f->fd, "t", 0);
	unlinkat(f->fd, "t.new", 0);
	close(f->fd);
	rmdir(f->path);
	free(f);
	return 0;
}

/* The table "t" has the bytes of TEXT. */
static void put_bytes(const struct dir *f, struct str text)
{
	int fd = openat(f->fd, "t", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.p, text.n), text.n);
	close(fd);
}

static void put(const struct dir *f, const char *text)
{
	put_bytes(f, str_of(text));
}

static char *get(const struct dir *f, const char *name)
{
	struct table t;
	char *text;

	assert_int_equal(table_open(f->fd, name, &t), 0);
	text = mem_dup(t.size ? t.text : "", t.size);
	table_close(&t);
	return text;
}

static void assert_table(const struct dir *f, const char *wanted)
{
	char *text = get(f, "t");

	assert_string_equal(text, wanted);
	free(text);
}

/* EDITS: "+line" or "-line" each, ends with NULL */
static void change(const struct dir *f, const char *header,
		   const char *const *edits)
{
	struct table_edits list = { 0 };
	struct table t;

	for (; *edits; edits++)
		table_edit(&list, **edits == '+',
			   mem_printf("%s", *edits + 1));
	assert_int_equal(table_open(f->fd, "t", &t), 0);
	assert_int_equal(table_write(f->fd, "t", header, &t, &list), 0);
	table_close(&t);
	table_edits_fini(&list);
	assert_int_equal(table_commit(f->fd, "t"), 0);
}

#define EDITS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void an_absent_file_is_empty(void **state)
{
	const struct dir *f = *state;
	struct table t;
	size_t pos = 0;

	assert_int_equal(table_open(f->fd, "t", &t), 0);
	assert_null(t.text);
	assert_int_equal(table_header(&t).n, 0);
	assert_null(table_find(&t, STR("a")).p);
	assert_null(table_find(&t, STR("")).p);
	assert_null(table_search(&t, 'a', STR("x"), &pos).p);
	table_close(&t);
	change(f, "# new", EDITS("+b\t1", "+a\t2"));
	assert_table(f, "# new\na\t2\nb\t1\n");
}

static void an_empty_file_is_empty(void **state)
{
	const struct dir *f = *state;
	struct table t;

	put(f, "");
	assert_int_equal(table_open(f->fd, "t", &t), 0);
	assert_int_equal(table_header(&t).n, 0);
	assert_null(table_find(&t, STR("a")).p);
	table_close(&t);
	change(f, "# h", EDITS("+a"));
	assert_table(f, "# h\na\n");
}

static void what_is_no_file_is_refused(void **state)
{
	const struct dir *f = *state;
	struct table t;

	assert_int_equal(mkdirat(f->fd, "t", 0700), 0);
	assert_int_equal(table_open(f->fd, "t", &t), -EINVAL);
	assert_int_equal(unlinkat(f->fd, "t", AT_REMOVEDIR), 0);
	assert_int_equal(mkfifoat(f->fd, "t", 0600), 0);
	assert_int_equal(table_open(f->fd, "t", &t), -EINVAL);
	assert_int_equal(unlinkat(f->fd, "t", 0), 0);
	assert_int_equal(symlinkat("/dev/null", f->fd, "t"), 0);
	assert_int_equal(table_open(f->fd, "t", &t), -ELOOP);
}

static void assert_damaged(const struct dir *f, struct str text)
{
	struct table t;

	put_bytes(f, text);
	assert_int_equal(table_open(f->fd, "t", &t), -EBADMSG);
	assert_null(t.text);
	assert_null(table_find(&t, STR("")).p);
}

static void a_damaged_table_is_refused(void **state)
{
	const struct dir *f = *state;

	assert_damaged(f, STR("# h\nb\na\n"));
	assert_damaged(f, STR("a\n# h\n"));
	assert_damaged(f, STR("# h\na\nb\n\n"));
	assert_damaged(f, STR("# h\na\nb\0\n"));
	assert_damaged(f, STR("\0\0\0\0"));
	assert_damaged(f, STR("b\na"));
}

/* Its time says that it need not be read; that ends with any change. */
static void a_table_that_was_changed_is_read_again(void **state)
{
	const struct dir *f = *state;
	struct table t;
	int fd;

	change(f, "# h", EDITS("+a", "+b"));
	fd = openat(f->fd, "t", O_WRONLY);
	assert_int_equal(pwrite(fd, "c", 1, 4), 1);
	assert_int_equal(table_open(f->fd, "t", &t), -EBADMSG);
	close(fd);
}

/* Its time is no seal any more. */
static void break_seal(const struct dir *f)
{
	const struct timespec times[] = { { 0, 0 }, { 1, 1 } };

	assert_int_equal(utimensat(f->fd, "t", times, 0), 0);
}

static void assert_summed(const struct dir *f, bool wanted)
{
	struct table t;

	break_seal(f);
	assert_int_equal(table_open(f->fd, "t", &t), 0);
	assert_int_equal(t.summed, wanted);
	table_close(&t);
}

static void a_sum_tells_whether_a_line_is_lost(void **state)
{
	static const struct {
		const char *key, *lines;
		int digits;
	} bad[] = {
		{ "sum", "", 16 }, { "sum", "a\nc\n", 16 },
		{ "sum", "a\nb\nb\nc\n", 16 }, { "sum", "a\nb\nc\n", 15 },
		{ "sun", "a\nb\nc\n", 16 },
	};
	const struct dir *f = *state;
	char *text, *other;
	size_t i;

	change(f, "# h sum=", EDITS("+b", "+a", "+x", "+a"));
	assert_summed(f, true);
	change(f, "# h sum=", EDITS("-x", "+c", "-no", "-a", "+a"));
	assert_summed(f, true);
	text = get(f, "t");
	assert_string_equal(text + 8 + 16, "\na\nb\nc\n");
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		other = mem_printf("# h %s=%.*s\n%s", bad[i].key, bad[i].digits,
				   text + 8, bad[i].lines);
		put(f, other);
		assert_summed(f, false);
		free(other);
	}
	put(f, text);
	assert_summed(f, true);
	free(text);
	/* from a table that has none */
	put(f, "# h\na\nb\n");
	assert_summed(f, false);
	change(f, "# h sum=", EDITS("+c", "-b"));
	assert_summed(f, true);
	change(f, "# h", EDITS("+d"));
	assert_summed(f, false);
}

static void a_fault_has_its_line(void **state)
{
	const struct dir *f = *state;
	struct table t;
	int fd;

	put_bytes(f, STR("# h\na\nb\0\nc\n"));
	assert_int_equal(table_open(f->fd, "t", &t), -EBADMSG);
	assert_string_equal(t.fault, "has a NUL byte");
	assert_int_equal(t.fault_line, 3);
	put(f, "# h\na\nc\nb\n");
	assert_int_equal(table_open(f->fd, "t", &t), -EBADMSG);
	assert_string_equal(t.fault, "is not in order");
	assert_int_equal(t.fault_line, 4);
	fd = openat(f->fd, "t", O_WRONLY);
	assert_int_equal(ftruncate(fd, (off_t)3 << 30), 0);
	close(fd);
	assert_int_equal(table_open(f->fd, "t", &t), -EBADMSG);
	assert_int_equal(t.fault_line, 0);
}

static void assert_str(struct str got, const char *wanted)
{
	assert_non_null(got.p);
	assert_int_equal(got.n, strlen(wanted));
	assert_memory_equal(got.p, wanted, got.n);
}

static void lines_are_found_by_their_beginning(void **state)
{
	const struct dir *f = *state;
	struct str line;
	struct table t;

	put(f, "# h\na\t10.8.0.1\tx\na\t10.8.0.10\ty\nb\tx\nb\ty\nc\tz\n");
	assert_int_equal(table_open(f->fd, "t", &t), 0);
	assert_str(table_header(&t), "# h");
	assert_str(table_find(&t, STR("a\t10.8.0.1\t")), "a\t10.8.0.1\tx");
	assert_str(table_find(&t, STR("a\t10.8.0.10")), "a\t10.8.0.10\ty");
	assert_null(table_find(&t, STR("a\t10.8.0.11")).p);
	assert_null(table_find(&t, STR("a\t10.8.0.10\ty\t")).p);
	line = table_find(&t, STR("b\t"));
	assert_str(line, "b\tx");
	line = table_next(&t, line, STR("b\t"));
	assert_str(line, "b\ty");
	assert_null(table_next(&t, line, STR("b\t")).p);
	assert_str(table_find(&t, STR("c\tz")), "c\tz");
	assert_null(table_find(&t, STR("d")).p);
	table_close(&t);
}

static void fields_are_cut_at_tabs(void **state)
{
	struct str line = STR("a\t\tx y\tz");

	(void)state;
	assert_str(table_field(line, 0), "a");
	assert_str(table_field(line, 1), "");
	assert_str(table_field(line, 2), "x y");
	assert_str(table_field(line, 3), "z");
	assert_int_equal(table_field(line, 4).n, 0);
	assert_int_equal(table_field(line, 99).n, 0);
	assert_int_equal(table_field((struct str){ NULL, 0 }, 0).n, 0);
	assert_int_equal(table_field((struct str){ NULL, 0 }, 2).n, 0);
	assert_str(table_field(STR("a"), 0), "a");
}

static void lines_of_a_prefix_are_walked(void **state)
{
	const struct dir *f = *state;
	struct table t;
	size_t pos = 0;

	put(f, "# x\na\t1\nb\t1\nb\t2\nc\t1\n");
	assert_int_equal(table_open(f->fd, "t", &t), 0);
	assert_str(table_walk(&t, STR("b\t"), &pos), "b\t1");
	assert_str(table_walk(&t, STR("b\t"), &pos), "b\t2");
	assert_null(table_walk(&t, STR("b\t"), &pos).p);
	assert_null(table_walk(&t, STR("b\t"), &pos).p);
	pos = 0;
	assert_null(table_walk(&t, STR("d\t"), &pos).p);
	assert_null(table_walk(&t, STR("d\t"), &pos).p);
	table_close(&t);
}

static void texts_are_searched_in_lines_of_a_kind(void **state)
{
	const struct dir *f = *state;
	struct table t;
	size_t pos = 0;

	put(f, "# \t+x\t\na\t+x\t1\nb\t1\t+x\t2\nb\t2\t+x y\t+x\t\t+x\t\n"
	    "b\t3\t+y\nb\t4\t+x\tz\nc\t+x\t\n");
	assert_int_equal(table_open(f->fd, "t", &t), 0);
	assert_str(table_search(&t, 'b', STR("\t+x\t"), &pos),
		   "b\t1\t+x\t2");
	assert_str(table_search(&t, 'b', STR("\t+x\t"), &pos),
		   "b\t2\t+x y\t+x\t\t+x\t");
	assert_str(table_search(&t, 'b', STR("\t+x\t"), &pos), "b\t4\t+x\tz");
	assert_null(table_search(&t, 'b', STR("\t+x\t"), &pos).p);
	assert_null(table_search(&t, 'b', STR("\t+x\t"), &pos).p);
	pos = 0;
	assert_null(table_search(&t, 'd', STR("x"), &pos).p);
	pos = 0;
	assert_null(table_search(&t, 'b', STR("nobody"), &pos).p);
	table_close(&t);
}

static void the_first_and_the_last_line_can_be_changed(void **state)
{
	const struct dir *f = *state;

	put(f, "# h\nb\nd\nf\n");
	change(f, "# 2", EDITS("-b", "-f"));
	assert_table(f, "# 2\nd\n");
	change(f, "# 3", EDITS("+a", "+z"));
	assert_table(f, "# 3\na\nd\nz\n");
	change(f, "# 4", EDITS("-z", "+y", "-a", "+b"));
	assert_table(f, "# 4\nb\nd\ny\n");
	change(f, "# 5", EDITS("-b", "-d", "-y"));
	assert_table(f, "# 5\n");
	change(f, "# 6", EDITS("+m"));
	assert_table(f, "# 6\nm\n");
}

static void a_line_deleted_and_added_stays_once(void **state)
{
	const struct dir *f = *state;

	put(f, "# h\na\nb\nc\n");
	change(f, "# h", EDITS("+b", "-b", "+b", "-b"));
	assert_table(f, "# h\na\nb\nc\n");
	change(f, "# h", EDITS("+d", "-d", "-a", "+a"));
	assert_table(f, "# h\na\nb\nc\nd\n");
}

static void edits_may_name_what_is_so_already(void **state)
{
	const struct dir *f = *state;

	put(f, "# h\na\nc\n");
	change(f, "# h", EDITS("+a", "+a", "-b", "-z", "-", "+c"));
	assert_table(f, "# h\na\nc\n");
	change(f, "# h", EDITS("-a", "-a"));
	assert_table(f, "# h\nc\n");
}

static void a_line_is_not_its_own_beginning(void **state)
{
	const struct dir *f = *state;

	put(f, "# h\nab\nabc\n");
	change(f, "# h", EDITS("-a", "-abcd"));
	assert_table(f, "# h\nab\nabc\n");
	change(f, "# h", EDITS("-ab", "+a", "+abcd"));
	assert_table(f, "# h\na\nabc\nabcd\n");
}

static void a_table_without_a_header_gets_one(void **state)
{
	const struct dir *f = *state;
	struct table t;

	put(f, "a\nb\n");
	assert_int_equal(table_open(f->fd, "t", &t), 0);
	assert_int_equal(table_header(&t).n, 0);
	assert_str(table_find(&t, STR("a")), "a");
	table_close(&t);
	change(f, "# h", EDITS("-a", "+c"));
	assert_table(f, "# h\nb\nc\n");
}

/* As a crash or an editor leaves it. */
static void a_last_line_may_lack_its_newline(void **state)
{
	const struct dir *f = *state;
	struct table t;
	struct str line;

	put(f, "# h\na\nb");
	assert_int_equal(table_open(f->fd, "t", &t), 0);
	line = table_find(&t, STR("b"));
	assert_str(line, "b");
	assert_null(table_next(&t, line, STR("")).p);
	table_close(&t);
	change(f, "# h", EDITS("+c"));
	assert_table(f, "# h\na\nb\nc\n");
	put(f, "# h\na\nb");
	change(f, "# h", EDITS("-a"));
	assert_table(f, "# h\nb\n");
	put(f, "# h\na\nb");
	change(f, "# h", EDITS("-b", "+d"));
	assert_table(f, "# h\na\nd\n");
	put(f, "# h");
	assert_int_equal(table_open(f->fd, "t", &t), 0);
	assert_str(table_header(&t), "# h");
	assert_null(table_find(&t, STR("a")).p);
	table_close(&t);
	change(f, "# h", EDITS("+a"));
	assert_table(f, "# h\na\n");
}

static void nothing_counts_before_the_commit(void **state)
{
	const struct dir *f = *state;
	const struct table empty = { 0 };
	struct table_edits none = { 0 };
	struct stat st;

	put(f, "# old\n");
	assert_int_equal(table_write(f->fd, "t", "# new", &empty, &none), 0);
	assert_table(f, "# old\n");
	assert_int_equal(fstatat(f->fd, "t.new", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	table_abort(f->fd, "t");
	assert_int_equal(table_commit(f->fd, "t"), -ENOENT);
	table_abort(f->fd, "t");	/* is not there: fine */
	/* a leftover is no obstacle, nor is a link followed */
	assert_int_equal(symlinkat("t", f->fd, "t.new"), 0);
	assert_int_equal(table_write(f->fd, "t", "# new", &empty, &none), 0);
	assert_table(f, "# old\n");
	assert_int_equal(table_commit(f->fd, "t"), 0);
	assert_table(f, "# new\n");
}

static void an_open_table_stays_as_it_was(void **state)
{
	const struct dir *f = *state;
	struct table t;

	put(f, "# h\na\n");
	assert_int_equal(table_open(f->fd, "t", &t), 0);
	change(f, "# h", EDITS("-a", "+b"));
	assert_str(table_find(&t, STR("a")), "a");
	table_close(&t);
	assert_table(f, "# h\nb\n");
}

/* Lines of the model: is "LETTER<tab>NUMBER" there? */
#define LETTERS 4
#define NUMBERS 12

struct model {
	bool has[LETTERS][NUMBERS];
};

static char *line_of(unsigned int letter, unsigned int number)
{
	/* of different length, so that one is the beginning of another */
	return mem_printf("%c\t%.*s", 'a' + letter, (int)number + 1,
			  "mmmmmmmmmmmm");
}

static char *model_text(const struct model *m)
{
	unsigned int i, j;
	char *text = NULL, *line;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs("# h\n", out);
	for (i = 0; i < LETTERS; i++) {
		for (j = 0; j < NUMBERS; j++) {
			line = line_of(i, j);
			if (m->has[i][j])
				fprintf(out, "%s\n", line);
			free(line);
		}
	}
	fclose(out);
	return text;
}

static void random_change(struct model *m, struct rng *rng,
			  struct table_edits *edits)
{
	unsigned int n = rng_below(rng, 10), i, j;
	bool touched[LETTERS][NUMBERS] = { { false } }, add;

	for (; n; n--) {
		i = rng_below(rng, LETTERS);
		j = rng_below(rng, NUMBERS);
		add = rng_percent(rng, 50);
		/* an addition wins over a deletion of the same */
		m->has[i][j] = add || (touched[i][j] && m->has[i][j]);
		touched[i][j] |= add;
		table_edit(edits, add, line_of(i, j));
	}
}

static void chance_agrees_with_a_model(void **state)
{
	const struct dir *f = *state;
	struct model m = { { { false } } };
	struct rng rng = { 5 };
	unsigned int turn;
	char *text;

	for (turn = 0; turn < 400; turn++) {
		struct table_edits edits = { 0 };
		struct table t;

		assert_int_equal(table_open(f->fd, "t", &t), 0);
		random_change(&m, &rng, &edits);
		assert_int_equal(table_write(f->fd, "t", "# h", &t, &edits),
				 0);
		table_edits_fini(&edits);
		table_close(&t);
		assert_int_equal(table_commit(f->fd, "t"), 0);
		text = model_text(&m);
		assert_table(f, text);
		free(text);
	}
}

/* More pieces than one writev(2) takes. */
static void many_edits_are_no_matter(void **state)
{
	const struct dir *f = *state;
	struct table_edits edits = { 0 };
	char *text, *p;
	struct table t;
	unsigned int i;

	for (i = 0; i < 3000; i++)
		table_edit(&edits, true, mem_printf("a\t%04u", i * 7 % 3000));
	assert_int_equal(table_open(f->fd, "t", &t), 0);
	assert_int_equal(table_write(f->fd, "t", "# h", &t, &edits), 0);
	table_close(&t);
	table_edits_fini(&edits);
	assert_int_equal(table_commit(f->fd, "t"), 0);
	p = text = get(f, "t");
	assert_memory_equal(p, "# h\n", 4);
	for (i = 0, p += 4; i < 3000; i++, p += 7)
		assert_int_equal(atoi(p + 2), i);
	assert_int_equal(*p, '\0');
	free(text);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(an_absent_file_is_empty),
		IN_FOLDER(an_empty_file_is_empty),
		IN_FOLDER(what_is_no_file_is_refused),
		IN_FOLDER(lines_are_found_by_their_beginning),
		IN_FOLDER(a_damaged_table_is_refused),
		IN_FOLDER(a_table_that_was_changed_is_read_again),
		IN_FOLDER(a_sum_tells_whether_a_line_is_lost),
		IN_FOLDER(a_fault_has_its_line),
		cmocka_unit_test(fields_are_cut_at_tabs),
		IN_FOLDER(lines_of_a_prefix_are_walked),
		IN_FOLDER(texts_are_searched_in_lines_of_a_kind),
		IN_FOLDER(the_first_and_the_last_line_can_be_changed),
		IN_FOLDER(a_line_deleted_and_added_stays_once),
		IN_FOLDER(edits_may_name_what_is_so_already),
		IN_FOLDER(a_line_is_not_its_own_beginning),
		IN_FOLDER(a_table_without_a_header_gets_one),
		IN_FOLDER(a_last_line_may_lack_its_newline),
		IN_FOLDER(nothing_counts_before_the_commit),
		IN_FOLDER(an_open_table_stays_as_it_was),
		IN_FOLDER(chance_agrees_with_a_model),
		IN_FOLDER(many_edits_are_no_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
