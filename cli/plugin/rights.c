/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/plugin/rights.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#define BIT(cap) (1u << (cap))

/* All of ours have numbers below 32: the first of the two words. */
static uint32_t own_of(uint32_t permitted)
{
	uint32_t read = BIT(CAP_DAC_READ_SEARCH);

	if (!(permitted & read))
		read = BIT(CAP_DAC_OVERRIDE);
	return permitted & (BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW) | read);
}

/* Without CAP_SETPCAP the bounding set stays; what is executed then gets no
 * more either, because of "no new privileges". */
static int bound(uint32_t own, bool may_bound)
{
	unsigned long cap;

	for (cap = 0; may_bound && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0;
	     cap++)
		if ((cap >= 32 || !(own & BIT(cap))) &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

static int keep_own(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };
	uint32_t own, permitted;
	int r;

	if (syscall(SYS_capget, &head, data))
		return -errno;
	permitted = data[0].permitted;
	own = own_of(permitted);
	r = bound(own, permitted & BIT(CAP_SETPCAP));
	if (r)
		return r;
	data[0] = (struct __user_cap_data_struct){
		.effective = own, .permitted = own,
	};
	data[1] = (struct __user_cap_data_struct){ 0 };
	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

int rights_reduce(struct diag *d)
{
	int r = keep_own();

	return r ? diag_error(d, LOC_NONE, r, "cannot drop capabilities: %s",
			      strerror(-r)) : 0;
}
