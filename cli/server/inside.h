/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an ipsec section says, against the machine's interfaces: hosts of its own
 * networks would be taken for clients without a tunnel.
 */
#pragma once

#include "compiler/conf/conf.h"

/*
 * A section whose networks hold an address of this machine, or a network that
 * an interface is connected to, is bad, unless its "inside" names the interface.
 * So is a section whose "xfrm" names another interface.
 * 0, or -EINVAL (reported).  While such a section is shut the interface counts
 * as one inside, so no host there is cut off.
 */
int inside_check(struct conf *conf, struct diag *d);
