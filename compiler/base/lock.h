/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lock a file with flock(2), which every vpnpf and iptables does.  A lock is
 * there until the last copy of its descriptor is closed: a process that is
 * killed leaves none behind.
 *
 * Waiting is a queue in the kernel and costs nothing until the turn comes.  The
 * first to come is the first to get the lock, but for a newcomer who asks in the
 * moment between two.  An unlock wakes one process since Linux 5.0, and all of
 * them before.
 */
#pragma once

/*
 * Lock FD, and set the time of its file to now.  Gives up with -ETIMEDOUT when
 * that time has not changed for SECONDS, which the monotonic clock counts: a
 * long queue moves, a holder that is stuck does not.  0 or -errno.
 */
int lock_take(int fd, unsigned int seconds);
