/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and directories that nobody but root and the effective user may have
 * put there or may write to.  A "fault" is what is wrong with one, in words
 * that follow its name: "is a FIFO", "is writable by others"; NULL: nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Open directory PATH, whose last part must be no symbolic link.  A descriptor
 * or -errno; -EPERM: *FAULT says why it is not used.
 */
int private_open_dir(const char *path, const char **fault);

/* The fault of the regular file NAME in DIRFD; NULL also if it is absent.
 * WRITTEN: the file is written in place, so it must have one name. */
const char *private_fault(int dirfd, const char *name, bool written);

/*
 * Open NAME with FLAGS and O_CREAT (mode 0600) or without, never waiting for
 * another process.  A descriptor or -errno; -EPERM: it has a fault.
 */
int private_open(int dirfd, const char *name, int flags);

/* May nobody else write to PATH?  False also for a link, or if it is absent. */
bool private_is_ours(int dirfd, const char *path);

/*
 * The small file NAME as a string in BUF of SIZE; false: it is absent, empty,
 * or has a fault.  private_put writes TEXT over its beginning, and removes it
 * if that fails.
 */
bool private_get(int dirfd, const char *name, char *buf, size_t size);
void private_put(int dirfd, const char *name, const char *text);

/* Remove NAME, whatever it is, unless it is a directory with files.  0 or
 * -errno. */
int private_drop(int dirfd, const char *name);
