/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/ipsec.h"

static void texts_fini(struct texts *texts)
{
	char **text;

	vec_each(text, texts)
		free(*text);
	vec_fini(texts);
}

static void texts_copy(const struct texts *texts, struct texts *out)
{
	char *const *text;

	vec_each(text, texts)
		vec_push(out, mem_copy(*text));
}

void ipsec_free(struct ipsec *ipsec)
{
	if (!ipsec)
		return;
	texts_fini(&ipsec->devs);
	texts_fini(&ipsec->inside);
	texts_fini(&ipsec->xfrm);
	vec_fini(&ipsec->ends);
	vec_fini(&ipsec->ends_at);
	vec_fini(&ipsec->clients);
	vec_fini(&ipsec->clients_at);
	free(ipsec);
}

struct ipsec *ipsec_copy(const struct ipsec *ipsec)
{
	const struct prefix *net;
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
	texts_copy(&ipsec->devs, &out->devs);
	texts_copy(&ipsec->inside, &out->inside);
	texts_copy(&ipsec->xfrm, &out->xfrm);
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
