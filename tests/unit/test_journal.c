/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* $JOURNAL_STREAM for FD, with ADD added to the inode. */
static void name(int fd, unsigned int add, char out[static 64])
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	snprintf(out, 64, "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino + add);
}

static void the_variable_names_the_file(void **state)
{
	char text[64];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	name(ends[1], 0, text);
	assert_true(journal_reads(ends[1], text));
	strcat(text, " ");
	assert_false(journal_reads(ends[1], text));
	name(ends[1], 1, text);
	assert_false(journal_reads(ends[1], text));
	assert_false(journal_reads(ends[1], NULL));
	assert_false(journal_reads(ends[1], ""));
	assert_false(journal_reads(ends[1], "8"));
	assert_false(journal_reads(ends[1], "8:"));
	assert_false(journal_reads(ends[1], ":8"));
	assert_false(journal_reads(-1, "0:0"));
	close(ends[0]);
	close(ends[1]);
}

/* A socket that is connected to ADDR, SIZE bytes. */
static int connected(const struct sockaddr_un *addr, size_t size, int *server)
{
	const struct sockaddr *at = (const struct sockaddr *)addr;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	*server = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(*server, at, (socklen_t)size), 0);
	assert_int_equal(listen(*server, 1), 0);
	assert_int_equal(connect(fd, at, (socklen_t)size), 0);
	return fd;
}

static void a_socket_of_another_is_none(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char dir[] = "/tmp/vpnpf-journal-XXXXXX";
	int fd, server;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/stdout", dir);
	fd = connected(&addr, sizeof(addr), &server);
	assert_false(journal_reads(fd, NULL));
	unlink(addr.sun_path);
	rmdir(dir);
	close(fd);
	close(server);

	/* the name of the journal's, but no file */
	memset(addr.sun_path, 0, sizeof(addr.sun_path));
	strcpy(addr.sun_path + 1, "/run/systemd/journal/stdout");
	fd = connected(&addr, sizeof(addr), &server);
	assert_false(journal_reads(fd, NULL));
	close(fd);
	close(server);
}

static void a_line_begins_with_its_priority(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	journal_begin(out, true, JOURNAL_WARNING);
	fputs("a\n", out);
	journal_begin(out, false, JOURNAL_WARNING);
	fputs("b\n", out);
	fclose(out);
	assert_string_equal(text, "<4>a\nb\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_variable_names_the_file),
		cmocka_unit_test(a_socket_of_another_is_none),
		cmocka_unit_test(a_line_begins_with_its_priority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
