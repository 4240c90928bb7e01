/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder: its lock, its headers, and what a crash leaves.
 */
#include "config.h"

#include "compiler/state/state.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/lib/state_dir.h"

static void an_absent_folder_is_empty_for_who_only_reads(void **state)
{
	struct state_dir *f = *state;
	struct client c = { .name = STR("a") };
	char *dir = state_dir_path(f, "sub");
	struct state s;
	size_t pos = 0;

	assert_int_equal(state_open(dir, true, &s, &f->silent), 0);
	assert_false(s.known);
	assert_false(state_client(&s, &c, &f->silent));
	assert_null(state_static_owner(&s, &(struct endpoint){ 0 }, &pos).p);
	state_close(&s);
	assert_false(state_dir_has(f, "sub"));
	free(dir);
	assert_int_equal(f->silent.errors, 0);
}

static void who_writes_makes_the_folder_and_its_lock(void **state)
{
	struct state_dir *f = *state;
	char *dir = state_dir_path(f, "sub");
	struct stat st;
	struct state s;

	assert_int_equal(state_open(dir, false, &s, &f->silent), 0);
	assert_false(s.known);
	assert_int_equal(fstatat(s.dirfd, "lock", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	state_close(&s);
	/* and finds it the second time */
	assert_int_equal(state_open(dir, false, &s, &f->silent), 0);
	state_close(&s);
	free(dir);
}

static void a_folder_that_cannot_be_is_an_error(void **state)
{
	struct state_dir *f = *state;
	char *dir = state_dir_path(f, "a/b");
	struct state s;

	assert_int_equal(state_open(dir, false, &s, &f->silent), -ENOENT);
	state_close(&s);
	assert_int_equal(f->silent.errors, 1);
	free(dir);
}

static void what_was_left_is_known(void **state)
{
	struct state_dir *f = *state;
	struct state s;

	state_dir_leave_six(f);
	state_dir_read(f, &s);
	assert_true(s.known);
	assert_true(s.digest == ruleset_digest(&f->rs));
	assert_int_equal(s.generation, 7);
	state_close(&s);
	assert_false(state_dir_has(f, "live.new"));
	assert_false(state_dir_has(f, "policy.new"));
}

static void assert_known(struct state_dir *f, bool known)
{
	struct state s;

	state_dir_read(f, &s);
	assert_int_equal(s.known, known);
	state_close(&s);
}

/* LINE instead of the header of NAME; then all is as before again. */
static void assert_header_counts(struct state_dir *f, const char *name,
				 const char *line)
{
	char *text = state_dir_text(f, name), *rest = strchr(text, '\n');
	char *broken = mem_printf("%s%s", line, rest);

	state_dir_put(f, name, broken);
	assert_known(f, false);
	state_dir_put(f, name, text);
	assert_known(f, true);
	free(broken);
	free(text);
}

static void headers_that_do_not_fit_are_not_believed(void **state)
{
	struct state_dir *f = *state;
	char *text;

	state_dir_leave_six(f);
	assert_header_counts(f, "live", "");
	assert_header_counts(f, "live", "# vpnpf live 1");
	assert_header_counts(f, "live", "# vpnpf live 3 digest=1 policy=1 "
			     "generation=1");
	assert_header_counts(f, "live", "# vpnpf live 3 digest=x policy=1 "
			     "generation=1");
	assert_header_counts(f, "policy", "# vpnpf policy 1 id=1");
	assert_header_counts(f, "policy", "# vpnpf policy 1 id=");
	assert_header_counts(f, "policy", "a\tx");
	text = state_dir_text(f, "policy");
	state_dir_put(f, "policy", "");
	assert_known(f, false);
	state_dir_remove(f, "policy");
	assert_known(f, false);
	state_dir_put(f, "policy", text);
	assert_known(f, true);
	state_dir_remove(f, "live");
	assert_known(f, false);
	free(text);
}

/* The table NAME with TO in the place of FROM, as many bytes, is not used; then
 * it is as before. */
static void assert_not_used(struct state_dir *f, const char *name,
			    const char *from, struct str to)
{
	char *text = state_dir_text(f, name), *at = strstr(text, from), *said;
	char *path = state_dir_path(f, name), *before = mem_printf("%s", text);
	struct client a = { .name = STR("a") };
	struct diag d = { 0 };
	size_t n = strlen(text), size, pos = 0;
	struct state s;
	FILE *out;

	assert_non_null(at);
	memcpy(at, to.p, to.n);
	out = fopen(path, "w");
	assert_int_equal(fwrite(text, 1, n, out), n);
	fclose(out);
	d.out = open_memstream(&said, &size);
	assert_int_equal(state_open(f->dir, false, &s, &d), 0);
	fclose(d.out);
	assert_non_null(strstr(said, "is damaged and not used"));
	assert_false(s.known);
	assert_int_equal(state_client(&s, &a, &f->silent),
			 strcmp(name, "policy") != 0);
	assert_int_equal(live_claim(&(struct live_view){ .state = &s },
				    &(struct endpoint){ 0 }, &pos).line.p != NULL,
			 strcmp(name, "live") != 0);
	pffile_fini(&a.pf);
	state_close(&s);
	state_dir_put(f, name, before);
	assert_known(f, true);
	free(before);
	free(said);
	free(path);
	free(text);
}

/* 0.0.0.0/0 is john's, live. */
static void leave_live(struct state_dir *f)
{
	struct state_write w = { 0 };
	struct live_view v = { 0 };
	struct state s;

	state_dir_leave_six(f);
	state_dir_open(f, &s);
	v.state = &s;
	w.digest = s.digest;
	live_add(&v, &(struct live){ .name = STR("john"),
				     .instance = STR("office") });
	assert_int_equal(state_write(&s, &v, &w, &f->silent), 0);
	assert_int_equal(state_commit(&s, &f->silent), 0);
	live_fini(&v);
	state_close(&s);
}

static void a_damaged_table_is_as_good_as_none(void **state)
{
	struct state_dir *f = *state;

	leave_live(f);
	assert_known(f, true);
	/* what a list has lost is not what it says */
	assert_not_used(f, "policy", "-10.0.0.1", STR("\0\0\0\0\0\0\0\0\0"));
	assert_not_used(f, "policy", "c\td\t", STR("x"));
	assert_not_used(f, "live", "office", STR("\0"));
	assert_not_used(f, "live", "n\tjohn", STR("!"));
}

/* TO for FROM in the table NAME is said to be WHAT, in words and line. */
static void assert_said(struct state_dir *f, const char *name,
			const char *from, const char *to, const char *what)
{
	char *text = state_dir_text(f, name), *at = strstr(text, from), *said;
	char *bad, *wanted = mem_printf("/%s%s", name, what);
	struct diag d = { 0 };
	struct state s;
	size_t size;

	assert_non_null(at);
	bad = mem_printf("%.*s%s%s", (int)(at - text), text, to,
			 at + strlen(from));
	state_dir_put(f, name, bad);
	d.out = open_memstream(&said, &size);
	assert_int_equal(state_open(f->dir, false, &s, &d), 0);
	fclose(d.out);
	assert_non_null(strstr(said, "is damaged and not used"));
	if (!strstr(said, wanted))
		assert_string_equal(said, wanted);
	assert_int_equal(d.errors, 1);
	assert_false(s.known);
	assert_int_equal(s.lost, !strcmp(name, "live"));
	state_close(&s);
	state_dir_put(f, name, text);
	assert_known(f, true);
	free(wanted);
	free(said);
	free(bad);
	free(text);
}

#define DAMAGED "\" is damaged and not used: it "

static void a_damage_is_said_with_its_line(void **state)
{
	struct state_dir *f = *state;
	const char *name = "live";

	leave_live(f);
	assert_said(f, name, "# vpnpf", "# vpn", DAMAGED "does not begin like");
	assert_said(f, name, "a\t0", "a\t00", ":2" DAMAGED "has no address");
	assert_said(f, name, "\tjohn", "\tj/6fhn", ":2" DAMAGED "has no name");
	assert_said(f, name, "\tjohn", "\t", ":2" DAMAGED "has no name");
	assert_said(f, name, "\toffice", "",
		    ":2" DAMAGED "has another number of fields");
	assert_said(f, name, "\toffice", "\tof/ice",
		    ":2" DAMAGED "names no server");
	assert_said(f, name, "office\t", "office\tx",
		    ":2" DAMAGED "has no number");
	assert_said(f, name, "n\tjohn", "m\tx\nn\tjohn",
		    ":3" DAMAGED "is of no known kind");
	assert_said(f, name, "n\tjohn\t0.0.0.0/0", "n\tjohn\t0.0.0.0/0\nnn",
		    ":4" DAMAGED "is of no known kind");
	assert_said(f, name, "n\tjohn\t0.0.0.0/0\n", "",
		    ":2" DAMAGED "is without its other half");
	assert_said(f, name, "n\tjohn", "n\tjohm",
		    ":2" DAMAGED "is without its other half");
	assert_said(f, name, "n\tjohn", "n\tjohn\t0.0.0.0/0\nn\tjohn",
		    ":4" DAMAGED "is there twice");
	assert_said(f, name, "n\tjohn",
		    "k\ta\t1\t-2\t3\t4\nk\ta\t1\t2\t3\t4\nn\tjohn",
		    ":4" DAMAGED "is there twice");
	assert_said(f, name, "n\tjohn", "k\ta\t1\t2\t3\nn\tjohn",
		    ":3" DAMAGED "has another number");
	assert_said(f, name, "n\tjohn", "k\ta\t1\t2\t3\t4\nn\tjohn",
		    DAMAGED "has other lines than were written");
	assert_said(f, name, "n\tjohn", "\nn\tjohn",
		    ":3" DAMAGED "is not in order");
	name = "policy";
	assert_said(f, name, "c\td\tno file\n", "",
		    DAMAGED "has other lines than were written");
	assert_said(f, name, "-10.0.0.1", "-10.0.0.2",
		    DAMAGED "has other lines than were written");
	assert_said(f, name, "b\ta\t10.8.0.2\tccd\toffice\n", "",
		    ":2" DAMAGED "is without its other half");
	assert_said(f, name, "v\t0000", "v\t000x", ":16" DAMAGED "has no number");
}

static void a_live_table_of_before_is_taken(void **state)
{
	struct state_dir *f = *state;
	struct state s;
	char *text;

	state_dir_leave_six(f);
	text = state_dir_text(f, "live");
	memcpy(strstr(text, "live 3"), "live 2", 6);
	state_dir_put(f, "live", text);
	assert_known(f, true);
	free(text);
	state_dir_put(f, "live", "# vpnpf live 1 digest=1 policy=1 "
		      "generation=1\na\t10.8.0.9\tx\toffice\t5\n"
		      "n\tx\t10.8.0.9\n");
	state_dir_open(f, &s);
	assert_int_equal(f->silent.errors, 0);
	assert_false(s.lost);
	state_close(&s);
}

static void what_is_no_file_is_removed(void **state)
{
	static const char *const names[] = {
		"lock", "live", "policy", "live.new", "policy.new", "compared",
		"looked", "files-missing",
	};
	struct state_dir *f = *state;
	struct stat st;
	struct state s;
	char *path;
	size_t i;

	state_dir_leave_six(f);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		state_dir_leave(f);
		path = state_dir_path(f, names[i]);
		remove(path);
		assert_int_equal(i % 2 ? mkdir(path, 0700) : mkfifo(path, 0600),
				 0);
		f->silent.errors = 0;
		state_dir_open(f, &s);
		assert_int_equal(f->silent.errors, 1);
		state_close(&s);
		if (!stat(path, &st))
			assert_true(i == 0 && S_ISREG(st.st_mode));
		free(path);
	}
}

static void a_directory_for_others_is_not_used(void **state)
{
	struct state_dir *f = *state;
	struct live_view v = { 0 };
	struct state_write w = { 0 };
	struct state s;

	leave_live(f);
	assert_int_equal(chmod(f->dir, 0770), 0);
	assert_int_equal(state_open(f->dir, false, &s, &f->silent), -EPERM);
	assert_int_equal(f->silent.errors, 1);
	assert_true(s.lost);
	assert_false(s.known);
	w.policy = &f->policy;
	v.state = &s;
	assert_int_equal(state_write(&s, &v, &w, &f->silent), 0);
	assert_int_equal(state_commit(&s, &f->silent), 0);
	state_abort(&s);
	assert_false(state_dir_has(f, "live.new"));
	state_close(&s);
	assert_int_equal(state_open(f->dir, true, &s, &f->silent), 0);
	assert_true(s.lost);
	state_close(&s);
	assert_int_equal(chmod(f->dir, 0700), 0);
	assert_known(f, true);
}

static void a_crash_between_the_renames_is_seen(void **state)
{
	struct state_dir *f = *state;
	struct live_view v = { 0 };
	struct state_write w = { 0 };
	struct state s;

	state_dir_leave_six(f);
	w.policy = &f->policy;
	w.digest = 99;
	state_dir_open(f, &s);
	v.state = &s;
	assert_int_equal(state_write(&s, &v, &w, &f->silent), 0);
	assert_int_equal(table_commit(s.dirfd, "policy"), 0);
	state_close(&s);
	assert_known(f, false);
	/* what it has left behind is no obstacle */
	ruleset_fini(&f->rs);
	state_dir_leave(f);
	assert_known(f, true);
}

static void what_is_given_up_leaves_nothing(void **state)
{
	struct state_dir *f = *state;
	struct live_view v = { 0 };
	struct state_write w = { 0 };
	struct state s;
	char *before, *after;

	state_dir_leave_six(f);
	before = state_dir_text(f, "live");
	w.policy = &f->policy;
	state_dir_open(f, &s);
	v.state = &s;
	assert_int_equal(state_write(&s, &v, &w, &f->silent), 0);
	state_abort(&s);
	state_close(&s);
	after = state_dir_text(f, "live");
	assert_string_equal(before, after);
	assert_known(f, true);
	assert_false(state_dir_has(f, "live.new"));
	assert_false(state_dir_has(f, "policy.new"));
	free(before);
	free(after);
}

static void what_cannot_be_written_is_said_before(void **state)
{
	struct state_dir *f = *state;
	struct live_view v = { 0 };
	struct state_write w = { 0 };
	struct state s;
	char *path = state_dir_path(f, "live.new");

	state_dir_leave_six(f);
	w.policy = &f->policy;
	state_dir_open(f, &s);
	assert_int_equal(mkdir(path, 0700), 0);		/* in its way */
	v.state = &s;
	assert_int_equal(state_write(&s, &v, &w, &f->silent), -EEXIST);
	assert_int_equal(f->silent.errors, 1);
	state_close(&s);
	assert_false(state_dir_has(f, "policy.new"));
	assert_known(f, true);
	rmdir(path);
	free(path);
}

/* The child says when it has the lock, and before it lets it go. */
static void hold_lock(struct state_dir *f, int out)
{
	const struct timespec a_while = { .tv_nsec = 50000000 };
	struct state s;

	if (state_open(f->dir, false, &s, &f->silent) ||
	    write(out, "+", 1) != 1)
		_exit(1);
	nanosleep(&a_while, NULL);
	/* the lock goes with the process */
	_exit(write(out, "-", 1) != 1);
}

static void the_lock_is_waited_for(void **state)
{
	struct state_dir *f = *state;
	int said[2];
	struct state s;
	pid_t pid;
	char c;

	assert_int_equal(pipe2(said, O_NONBLOCK), 0);
	pid = fork();
	if (!pid)
		hold_lock(f, said[1]);
	while (read(said[0], &c, 1) != 1)
		usleep(1000);
	assert_int_equal(c, '+');
	state_dir_open(f, &s);
	assert_int_equal(read(said[0], &c, 1), 1);
	assert_int_equal(c, '-');
	state_close(&s);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(said[0]);
	close(said[1]);
}

static void who_only_reads_needs_no_lock(void **state)
{
	struct state_dir *f = *state;
	struct state s;

	state_dir_leave_six(f);
	state_dir_open(f, &s);
	assert_known(f, true);
	state_close(&s);
}

#define IN_PLACE(f) \
	cmocka_unit_test_setup_teardown(f, state_dir_set_up, \
					state_dir_tear_down)

/* Leave a state of which the file "groups" was read, and "ipp" looked for. */
static void leave_seen(struct state_dir *f, struct file_clock read_at)
{
	struct state_write w = {
		.policy = &f->policy, .files = &f->sources, .read_at = read_at,
	};
	char *groups = state_dir_path(f, "sub"), *ipp = state_dir_path(f, "ipp");
	const struct source *src;
	struct live_view v = { 0 };
	struct state s;

	state_dir_put(f, "sub", "staff: john\n");
	assert_int_equal(source_load(&f->sources, AT_FDCWD, groups, "g", &src),
			 0);
	assert_int_equal(source_load(&f->sources, AT_FDCWD, ipp, "i", &src),
			 -ENOENT);
	state_dir_open(f, &s);
	v.state = &s;
	assert_int_equal(state_write(&s, &v, &w, &f->silent), 0);
	assert_int_equal(state_commit(&s, &f->silent), 0);
	state_close(&s);
	free(groups);
	free(ipp);
}

static bool seen_is_same(struct state_dir *f)
{
	struct state s;
	bool same;

	state_dir_read(f, &s);
	same = state_seen_is_same(&s);
	state_close(&s);
	return same;
}

static void what_was_read_is_told_from_what_it_is_now(void **state)
{
	struct file_clock later = { .now = UINT64_MAX };
	struct state_dir *f = *state;

	leave_seen(f, later);
	assert_true(seen_is_same(f));
	state_dir_put(f, "ipp", "");
	assert_false(seen_is_same(f));
	state_dir_remove(f, "ipp");
	assert_true(seen_is_same(f));
	state_dir_put(f, "sub", "staff: nick max\n");
	assert_false(seen_is_same(f));
	state_dir_remove(f, "sub");
	assert_false(seen_is_same(f));
}

/* It may have been written once more in the same moment. */
static void what_is_as_new_as_the_reading_is_not_believed(void **state)
{
	struct state_dir *f = *state;

	leave_seen(f, (struct file_clock){ .now = 1 });
	assert_false(seen_is_same(f));
}

static void what_was_seen_is_known_by_path_and_stamp(void **state)
{
	struct state_dir *f = *state;
	const struct seen *seen;
	struct stamp other;
	struct state s;

	leave_seen(f, (struct file_clock){ .now = 1 });
	state_dir_read(f, &s);
	seen = f->sources.seen.v;
	other = seen->stamp;
	other.inode++;
	assert_true(state_has_seen(&s, seen->path, &seen->stamp));
	assert_true(state_has_seen(&s, seen->path, NULL));
	assert_false(state_has_seen(&s, seen->path, &other));
	assert_false(state_has_seen(&s, "/none", NULL));
	state_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(an_absent_folder_is_empty_for_who_only_reads),
		IN_PLACE(who_writes_makes_the_folder_and_its_lock),
		IN_PLACE(a_folder_that_cannot_be_is_an_error),
		IN_PLACE(what_was_left_is_known),
		IN_PLACE(headers_that_do_not_fit_are_not_believed),
		IN_PLACE(a_damaged_table_is_as_good_as_none),
		IN_PLACE(a_damage_is_said_with_its_line),
		IN_PLACE(a_live_table_of_before_is_taken),
		IN_PLACE(what_is_no_file_is_removed),
		IN_PLACE(a_directory_for_others_is_not_used),
		IN_PLACE(a_crash_between_the_renames_is_seen),
		IN_PLACE(what_is_given_up_leaves_nothing),
		IN_PLACE(what_cannot_be_written_is_said_before),
		IN_PLACE(the_lock_is_waited_for),
		IN_PLACE(who_only_reads_needs_no_lock),
		IN_PLACE(what_was_read_is_told_from_what_it_is_now),
		IN_PLACE(what_is_as_new_as_the_reading_is_not_believed),
		IN_PLACE(what_was_seen_is_known_by_path_and_stamp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
