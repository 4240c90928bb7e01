/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/model/service.h"

#include "compiler/base/scan.h"

static const struct proto_name {
	struct str name;
	enum pf_proto proto;
	bool has_port;
} proto_names[] = {
	{ STR("tcp"), PF_PROTO_TCP, true },
	{ STR("udp"), PF_PROTO_UDP, true },
	{ STR("sctp"), PF_PROTO_SCTP, true },
	{ STR("icmp"), PF_PROTO_ICMP, false },
	{ STR("other"), PF_PROTO_ANY, false },
};

char *service_parse(struct str text, struct service_key *out)
{
	const char *slash = text.n ? memchr(text.p, '/', text.n) : NULL;
	struct str name = text, port = { 0 };
	const struct proto_name *row = proto_names;
	unsigned int number = 0;

	if (slash) {
		name.n = (size_t)(slash - text.p);
		port = str_from(text, name.n + 1);
	}
	while (!scan_equal_nocase(row->name, name))
		if (++row == proto_names + sizeof(proto_names) / sizeof(*row))
			return mem_printf("protocol \"%.*s\" is none of tcp, udp, sctp, icmp, other",
					  STR_ARG(name));
	if (slash && (!row->has_port || !scan_decimal(port, 65535, &number)))
		return mem_printf("\"%.*s\" is no port of %.*s", STR_ARG(port),
				  STR_ARG(name));
	*out = (struct service_key){
		.known = true, .proto = row->proto, .has_port = slash,
		.port = (uint16_t)number,
	};
	return NULL;
}
