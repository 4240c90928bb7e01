/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 10000
#define STEP_MS 10

/* 0, or -EWOULDBLOCK after WAIT_MS, or another -errno. */
static int wait_for(int fd)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000 };
	unsigned int waited;

	for (waited = 0; waited < WAIT_MS; waited += STEP_MS) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			break;
		nanosleep(&step, NULL);
	}
	return -errno;
}

int ipt_lock_take(struct diag *d)
{
	int fd = open(IPT_LOCK_FILE,
		      O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), r;

	if (fd < 0)
		return diag_error(d, LOC_NONE, -errno, "cannot open %s: %s",
				  IPT_LOCK_FILE, strerror(errno));
	r = wait_for(fd);
	if (!r)
		return fd;
	close(fd);
	if (r == -EWOULDBLOCK)
		return diag_error(d, LOC_NONE, -EBUSY,
				  "another program holds %s for more than %d s: is an iptables-legacy stuck?",
				  IPT_LOCK_FILE, WAIT_MS / 1000);
	return diag_error(d, LOC_NONE, r, "cannot lock %s: %s", IPT_LOCK_FILE,
			  strerror(-r));
}
