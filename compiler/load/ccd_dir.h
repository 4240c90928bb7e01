/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a client-config-dir; a part of load_addr.c, and for it only.
 * One file is read by load_ccd (load.h).
 */
#pragma once

#include "compiler/load/load_addr.h"

/* Read the client-config-dir of a->in.  0, or -errno when the directory cannot
 * be read; errors of single files are reported, and are in l->unread. */
int ccd_dir_read(struct load_addr *a);
