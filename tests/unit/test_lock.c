/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/base/lock.h"

enum { LONG = 60, N_WAITERS = 20, KILLED = 7 };

static char path[64];

static int begin(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/vpnpf-test-lock.XXXXXX");
	close(mkstemp(path));
	return 0;
}

static int end(void **state)
{
	(void)state;
	return unlink(path);
}

static int open_file(void)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int take_and_leave(unsigned int seconds)
{
	int fd = open_file(), r = lock_take(fd, seconds);

	close(fd);
	return r;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void the_time_of_the_file_is_when_it_was_taken(void **state)
{
	const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	struct stat st;

	(void)state;
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	assert_int_equal(take_and_leave(LONG), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_mtim.tv_sec > 1);
}

/* A process that stops itself with the lock in its hands. */
static pid_t start_stuck(void)
{
	int status, fd;
	pid_t pid = fork();

	if (!pid) {
		fd = open(path, O_RDWR);
		if (!lock_take(fd, LONG))
			raise(SIGSTOP);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	return pid;
}

static void kill_and_reap(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void who_stands_still_is_given_up(void **state)
{
	pid_t holder = start_stuck();
	double start = now();

	(void)state;
	assert_int_equal(take_and_leave(1), -ETIMEDOUT);
	assert_true(now() - start >= 1);
	assert_true(now() - start < 20);
	/* a second try finds no waiter of the first in its way */
	assert_int_equal(take_and_leave(1), -ETIMEDOUT);
	kill_and_reap(holder);
	assert_int_equal(take_and_leave(1), 0);
}

/* Holds it for five seconds in which it seems to come to others. */
static pid_t start_busy(void)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	int ready[2], fd, i;
	pid_t pid;
	char c;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		fd = open(path, O_RDWR);
		if (lock_take(fd, LONG) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (i = 0; i < 100; i++) {
			futimens(fd, NULL);
			nanosleep(&pause, NULL);
		}
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void a_queue_that_moves_is_waited_for(void **state)
{
	pid_t holder = start_busy();

	(void)state;
	assert_int_equal(take_and_leave(2), 0);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
}

/* How many wait for the file, as the kernel sees it. */
static int count_waiters(void)
{
	FILE *f = fopen("/proc/locks", "r");
	char line[256], inode[32];
	struct stat st;
	int n = 0;

	assert_int_equal(stat(path, &st), 0);
	snprintf(inode, sizeof(inode), ":%ju ", (uintmax_t)st.st_ino);
	if (!f)
		skip();
	while (fgets(line, sizeof(line), f))
		n += strstr(line, "-> FLOCK") && strstr(line, inode);
	fclose(f);
	return n;
}

static void wait_for_waiters(int n)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	while (count_waiters() != n)
		nanosleep(&pause, NULL);
}

/* It tells its number to TO when it is its turn; HELD is not its own. */
static pid_t start_waiter(unsigned char number, int to, int held)
{
	pid_t pid = fork();

	if (!pid) {
		close(held);
		_exit(lock_take(open(path, O_RDWR), LONG) ||
		      write(to, &number, 1) != 1);
	}
	return pid;
}

static void the_queue_keeps_its_order_without_the_killed(void **state)
{
	unsigned char number;
	pid_t pids[N_WAITERS];
	int turns[2], fd = open_file(), i, status;

	(void)state;
	assert_int_equal(pipe(turns), 0);
	assert_int_equal(lock_take(fd, LONG), 0);
	for (i = 0; i < N_WAITERS; i++) {
		pids[i] = start_waiter((unsigned char)i, turns[1], fd);
		wait_for_waiters(i + 1);
	}
	kill_and_reap(pids[KILLED]);
	wait_for_waiters(N_WAITERS - 1);
	close(fd);
	for (i = 0; i < N_WAITERS; i++) {
		if (i == KILLED)
			continue;
		assert_int_equal(read(turns[0], &number, 1), 1);
		assert_int_equal(number, i);
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	close(turns[0]);
	close(turns[1]);
	assert_int_equal(take_and_leave(1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_time_of_the_file_is_when_it_was_taken, begin, end),
		cmocka_unit_test_setup_teardown(
			who_stands_still_is_given_up, begin, end),
		cmocka_unit_test_setup_teardown(
			a_queue_that_moves_is_waited_for, begin, end),
		cmocka_unit_test_setup_teardown(
			the_queue_keeps_its_order_without_the_killed, begin,
			end),
	};

	alarm(100);	/* a lock that never comes is a failure */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
