/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last good configuration, as text: all that hooks and apply need of it;
 * of a server that was bad then, what is known, so that it is shut.
 * It stands in for a vpnpf.conf that cannot be used, and knows the interfaces
 * to shut after a boot.  There is one file for each vpnpf.conf, known by the
 * absolute path of this, in which links are not resolved.
 */
#pragma once

#include "compiler/conf/conf.h"

/*
 * Keep CONF, which was read from the vpnpf.conf PATH, in the directory DIR; a
 * file that has the same text is left alone.  Bad instances, and those of
 * conf->shut with another interface, are kept as bad.  0 or -errno; -ENOENT:
 * there is no such directory.
 */
int conf_keep_write(const struct conf *conf, const char *dir,
		    const char *path);

/*
 * Read what was kept for PATH; end with conf_fini either way.  0, or -errno:
 * -ENOENT: nothing was kept.  -EBADMSG: the file is damaged.  -EPERM: file or
 * directory are another user's, or others may write them.
 */
int conf_keep_read(const char *dir, const char *path, struct sources *set,
		   struct conf *out);

/* Complete each bad instance of CONF by what it was in KEPT: that helps to know
 * its hooks, its interface and its clients.  What it was is moved to CONF->shut. */
void conf_keep_complete(struct conf *conf, struct conf *kept);
