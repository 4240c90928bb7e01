/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/ipsec.h"

void ipsec_free(struct ipsec *ipsec)
{
	char **name;

	if (!ipsec)
		return;
	vec_each(name, &ipsec->devs)
		free(*name);
	vec_each(name, &ipsec->inside)
		free(*name);
	vec_fini(&ipsec->devs);
	vec_fini(&ipsec->inside);
	vec_fini(&ipsec->ends);
	vec_fini(&ipsec->ends_at);
	vec_fini(&ipsec->clients);
	vec_fini(&ipsec->clients_at);
	free(ipsec);
}

struct ipsec *ipsec_copy(const struct ipsec *ipsec)
{
	const struct prefix *net;
	char *const *name;
	struct ipsec *out;

	if (!ipsec)
		return NULL;
	out = mem_zalloc(1, sizeof(*out));
	out->ike = ipsec->ike;
	out->site_to_site = ipsec->site_to_site;
	vec_each(net, &ipsec->ends)
		vec_push(&out->ends, *net);
	vec_each(net, &ipsec->clients)
		vec_push(&out->clients, *net);
	vec_each(name, &ipsec->devs)
		vec_push(&out->devs, mem_copy(*name));
	vec_each(name, &ipsec->inside)
		vec_push(&out->inside, mem_copy(*name));
	return out;
}

bool ipsec_holds(const struct ipsec *ipsec, const struct prefix *net)
{
	const struct prefix *p;

	vec_each(p, &ipsec->clients)
		if (prefix_covers(p, net))
			return true;
	return false;
}

bool ipsec_ends_at(const struct ipsec *ipsec, const struct prefix *end)
{
	const struct prefix *p;

	vec_each(p, &ipsec->ends)
		if (!prefix_cmp(p, end))
			return true;
	return false;
}

bool ipsec_has_family(const struct ipsec *ipsec, unsigned int family)
{
	const struct prefix *p;
	bool net = false, end = false;

	vec_each(p, &ipsec->clients)
		net |= p->family == family;
	vec_each(p, &ipsec->ends)
		end |= p->family == family;
	return net && end;
}
