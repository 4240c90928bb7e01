/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is particular in an ipsec section of a vpnpf.conf; nobody but conf.c
 * includes this.
 */
#pragma once

#include "compiler/conf/conf.h"
#include "compiler/conf/conf_file.h"

/* "local" (a host) and one of "networks".  0, or -EINVAL (said). */
int conf_ipsec_local(const char *text, struct loc at, struct prefix *out,
		     struct diag *d);
int conf_ipsec_net(const char *text, struct loc at, struct prefix *out,
		   struct diag *d);

/* A section whose values are right, one by one; FOLDER is that of relative
 * paths.  0, or -EINVAL (said); *out is filled in either way. */
int conf_ipsec_take(const struct conf_section *sec, const char *folder,
		    struct instance *out, struct diag *d);

/* All sections together: names, and networks that overlap.  0, or -EINVAL
 * (said). */
int conf_ipsec_check(const struct conf *conf, struct diag *d);
