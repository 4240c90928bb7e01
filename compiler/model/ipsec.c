/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/ipsec.h"

void ipsec_free(struct ipsec *ipsec)
{
	if (ipsec) {
		vec_fini(&ipsec->clients);
		vec_fini(&ipsec->clients_at);
	}
	free(ipsec);
}

bool ipsec_holds(const struct ipsec *ipsec, const struct prefix *net)
{
	const struct prefix *p;

	vec_each(p, &ipsec->clients)
		if (prefix_covers(p, net))
			return true;
	return false;
}
