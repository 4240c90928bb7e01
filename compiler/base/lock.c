/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* -EWOULDBLOCK: another process has the lock. */
static int try_lock(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB))
		return -errno;
	futimens(fd, NULL);
	return 0;
}

/*
 * A child waits: flock() has no timeout, and a process that interrupts it to
 * look at the clock leaves the queue.  Parent and child share the open file, so
 * the child's lock is the parent's too.  *ENDED becomes readable when the child
 * ends.
 */
static pid_t start_waiter(int fd, int *ended)
{
	pid_t parent = getpid(), pid;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			flock(fd, LOCK_EX);
		_exit(0);
	}
	if (pid < 0) {
		pid = -errno;
		close(ends[0]);
	}
	close(ends[1]);
	*ended = ends[0];
	return pid;
}

static void end_waiter(pid_t pid, int ended)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(ended);
}

/* In nanoseconds. */
static long long taken_at(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return 0;
	return st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
}

/* 0: the child got the lock. */
static int wait_turn(int fd, unsigned int seconds)
{
	struct pollfd end = { .events = POLLIN };
	long long before;
	pid_t waiter;
	int r;

	waiter = start_waiter(fd, &end.fd);
	if (waiter < 0)
		return waiter;
	do {
		before = taken_at(fd);
		r = poll(&end, 1, (int)seconds * 1000);
	} while ((r < 0 && errno == EINTR) || (!r && taken_at(fd) != before));
	r = r < 0 ? -errno : r ? 0 : -ETIMEDOUT;
	end_waiter(waiter, end.fd);
	return r;
}

int lock_take(int fd, unsigned int seconds)
{
	int r = try_lock(fd), waited = 0;

	while (r == -EWOULDBLOCK && !waited) {
		waited = wait_turn(fd, seconds);
		r = try_lock(fd);
	}
	return r == -EWOULDBLOCK ? waited : r;
}
