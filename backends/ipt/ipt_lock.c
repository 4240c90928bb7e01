/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "compiler/base/lock.h"

#define WAIT_SECONDS 10

int ipt_lock_take(struct diag *d)
{
	int fd = open(IPT_LOCK_FILE,
		      O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), r;

	if (fd < 0)
		return diag_error(d, LOC_NONE, -errno, "cannot open %s: %s",
				  IPT_LOCK_FILE, strerror(errno));
	r = lock_take(fd, WAIT_SECONDS);
	if (!r)
		return fd;
	close(fd);
	if (r == -ETIMEDOUT)
		return diag_error(d, LOC_NONE, -EBUSY,
				  "another program has held %s for more than %d s: is an iptables-legacy stuck?",
				  IPT_LOCK_FILE, WAIT_SECONDS);
	return diag_error(d, LOC_NONE, r, "cannot lock %s: %s", IPT_LOCK_FILE,
			  strerror(-r));
}
