/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ipsec sections of a vpnpf.conf; for conf.c only.
 */
#pragma once

#include "compiler/conf/conf.h"
#include "compiler/conf/conf_file.h"

/* The values of "local" (a host) and "networks".  0 or -EINVAL (reported). */
int conf_ipsec_local(const char *text, struct loc at, struct prefix *out,
		     struct diag *d);
int conf_ipsec_net(const char *text, struct loc at, struct prefix *out,
		   struct diag *d);

/* SEC has valid values; DIR is the directory of relative paths.  0 or -EINVAL
 * (reported); *out is filled in either way. */
int conf_ipsec_take(const struct conf_section *sec, const char *dir,
		    struct instance *out, struct diag *d);

/* Check all sections for equal names and overlapping networks: they are bad
 * (reported). */
void conf_ipsec_check(struct conf *conf, struct diag *d);
