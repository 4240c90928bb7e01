/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/private.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];
static int dirfd;

static int set_up(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/vpnpf-test.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(path))
		return -1;
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dirfd < 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(dirfd);
	return rmdir(path);
}

/* FAULT NULL: none.  A file with a fault is not opened. */
static void assert_file(const char *fault, bool written)
{
	const char *got = private_fault(dirfd, "f", written);
	int fd;

	assert_int_equal(!got, !fault);
	if (got)
		assert_string_equal(got, fault);
	fd = private_open(dirfd, "f", O_RDWR);
	if (fd >= 0)
		close(fd);
	if (written)
		assert_int_equal(fault ? -EPERM : 0, fd < 0 ? fd : 0);
}

static void drop(void)
{
	assert_int_equal(private_drop(dirfd, "f"), 0);
	assert_int_equal(faccessat(dirfd, "f", F_OK, AT_SYMLINK_NOFOLLOW), -1);
}

static void make_file(mode_t mode)
{
	int fd = private_open(dirfd, "f", O_RDWR | O_CREAT);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void only_a_file_is_a_file(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_null(private_fault(dirfd, "f", true));
	assert_int_equal(private_open(dirfd, "f", O_RDONLY), -ENOENT);
	make_file(0600);
	assert_file(NULL, true);
	drop();
	assert_int_equal(mkdirat(dirfd, "f", 0700), 0);
	assert_file("is a directory", true);
	drop();
	assert_int_equal(symlinkat("/dev/null", dirfd, "f"), 0);
	assert_file("is a symbolic link", true);
	drop();
	assert_int_equal(mkfifoat(dirfd, "f", 0600), 0);
	assert_file("is a FIFO", true);
	/* whoever opens it only to write does not wait, either */
	assert_int_equal(private_open(dirfd, "f", O_WRONLY), -EPERM);
	drop();
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/f", path);
	assert_int_equal(bind(s, (void *)&un, sizeof(un)), 0);
	assert_file("is a socket", true);
	drop();
	close(s);
}

static void others_must_not_write(void **state)
{
	(void)state;
	make_file(0644);
	assert_file(NULL, true);
	make_file(0620);
	assert_file("is writable by others", true);
	drop();
	make_file(0602);
	assert_file("is writable by others", true);
	drop();
	make_file(0600);
	if (!fchownat(dirfd, "f", 65534, (gid_t)-1, 0))	/* root only */
		assert_file("belongs to another user", true);
	drop();
}

static void what_is_written_in_place_has_one_name(void **state)
{
	(void)state;
	make_file(0600);
	assert_int_equal(linkat(dirfd, "f", dirfd, "g", 0), 0);
	assert_file("has another name", true);
	assert_file(NULL, false);
	drop();
	assert_int_equal(unlinkat(dirfd, "g", 0), 0);
}

static void a_small_file_is_put_and_got(void **state)
{
	char text[8] = "old";

	(void)state;
	assert_false(private_get(dirfd, "f", text, sizeof(text)));
	assert_string_equal(text, "");
	private_put(dirfd, "f", "12345\n");
	assert_true(private_get(dirfd, "f", text, sizeof(text)));
	assert_string_equal(text, "12345\n");
	assert_true(private_get(dirfd, "f", text, 4));
	assert_string_equal(text, "123");
	assert_int_equal(fchmodat(dirfd, "f", 0622, 0), 0);
	private_put(dirfd, "f", "67890\n");
	assert_false(private_get(dirfd, "f", text, sizeof(text)));
	assert_false(private_is_ours(dirfd, "f"));
	assert_int_equal(fchmodat(dirfd, "f", 0600, 0), 0);
	assert_true(private_get(dirfd, "f", text, sizeof(text)));
	assert_string_equal(text, "12345\n");
	assert_true(private_is_ours(dirfd, "f"));
	drop();
	assert_false(private_is_ours(dirfd, "f"));
}

static void a_directory_with_files_stays(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(dirfd, "f", 0700), 0);
	assert_int_equal(mkdirat(dirfd, "f/g", 0700), 0);
	assert_int_equal(private_drop(dirfd, "f"), -ENOTEMPTY);
	assert_int_equal(unlinkat(dirfd, "f/g", AT_REMOVEDIR), 0);
	drop();
	assert_int_equal(private_drop(dirfd, "f"), 0);
}

static void assert_dir(const char *name, int want, const char *wanted)
{
	const char *fault;
	int fd = private_open_dir(name, &fault);

	if (fd >= 0) {
		close(fd);
		fd = 0;
	}
	assert_int_equal(fd, want);
	assert_int_equal(!fault, !wanted);
	if (wanted)
		assert_string_equal(fault, wanted);
}

static void a_directory_is_roots_or_ours(void **state)
{
	static const mode_t bad[] = { 0777, 01777, 0775, 0702 };
	char name[80];
	size_t i;

	(void)state;
	snprintf(name, sizeof(name), "%s/f", path);
	assert_dir(name, -ENOENT, NULL);
	make_file(0600);
	assert_dir(name, -ENOTDIR, NULL);
	drop();
	assert_int_equal(symlinkat("/", dirfd, "f"), 0);
	assert_dir(name, -EPERM, "is a symbolic link");
	drop();
	assert_int_equal(mkdirat(dirfd, "f", 0755), 0);
	assert_dir(name, 0, NULL);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(fchmodat(dirfd, "f", bad[i], 0), 0);
		assert_dir(name, -EPERM, "is writable by others");
	}
	assert_int_equal(fchmodat(dirfd, "f", 0700, 0), 0);
	if (!fchownat(dirfd, "f", 65534, (gid_t)-1, 0))
		assert_dir(name, -EPERM, "belongs to another user");
	drop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_file_is_a_file),
		cmocka_unit_test(others_must_not_write),
		cmocka_unit_test(what_is_written_in_place_has_one_name),
		cmocka_unit_test(a_small_file_is_put_and_got),
		cmocka_unit_test(a_directory_with_files_stays),
		cmocka_unit_test(a_directory_is_roots_or_ours),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
