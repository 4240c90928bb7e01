/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lock a file with flock(2), as iptables does.  The kernel drops the lock when
 * the last copy of the descriptor is closed: a killed process leaves no lock.
 *
 * Processes that wait are in a queue of the kernel and use no CPU.  The queue
 * is first come, first served, except that a new process may take the lock
 * between an unlock and the wakeup.  An unlock wakes one process since Linux
 * 5.0, all of them before.
 */
#pragma once

/*
 * Lock FD and set the mtime of its file to now.  -ETIMEDOUT when the mtime has
 * not changed for SECONDS (monotonic clock): a long queue makes progress, a
 * stuck holder does not.  0 or -errno.
 */
int lock_take(int fd, unsigned int seconds);
