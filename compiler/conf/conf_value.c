/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf/conf_value.h"

#include <errno.h>
#include <string.h>

#include "compiler/base/scan.h"
#include "compiler/conf/conf.h"

#define IFNAME_MAX 15

static bool is_made_of(const char *s, size_t n, const char *others)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') &&
		    !(s[i] >= 'A' && s[i] <= 'Z') &&
		    !(s[i] >= '0' && s[i] <= '9') && !strchr(others, s[i]))
			return false;
	return n;
}

/* Rules contain the name, so it must be valid in the kernel. */
static bool is_dev(const char *dev)
{
	size_t n = strlen(dev);

	if (n && dev[n - 1] == '*')
		n--;
	return n <= IFNAME_MAX && is_made_of(dev, n, "_.:-");
}

int conf_check_dev(const char *dev, struct loc at, struct diag *d)
{
	if (is_dev(dev))
		return 0;
	return diag_error(d, at, -EINVAL, "no interface can be called \"%s\"",
			  dev);
}

int conf_check_name(const char *name, struct loc at, struct diag *d)
{
	if (is_made_of(name, strlen(name), "_.-"))
		return 0;
	return diag_error(d, at, -EINVAL, "\"%s\" is no name of a section: letters, digits, \"_\", \".\" and \"-\" only",
			  name);
}

int conf_check_filter(const char *text, struct loc at, struct diag *d)
{
	static const char *const names[] = {
		"nftables", "iptables-legacy", "auto",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(text, names[i]))
			return 0;
	return diag_error(d, at, -EINVAL, "no backend \"%s\": nftables, iptables-legacy or auto",
			  text);
}

bool conf_parse_table(const char *text, enum rule_table *out)
{
	enum rule_table table;

	for (table = 0; table < RULE_TABLES; table++)
		if (!strcmp(text, rule_table_name(table)))
			break;
	if (table < RULE_TABLES)
		*out = table;
	return table < RULE_TABLES;
}

int conf_check_nat(const char *text, struct loc at, struct diag *d)
{
	if (!strcmp(text, "auto") || !strcmp(text, "yes") ||
	    !strcmp(text, "no"))
		return 0;
	return diag_error(d, at, -EINVAL, "not \"%s\": auto, yes or no",
			  text);
}

int conf_check_table(const char *text, struct loc at, struct diag *d)
{
	enum rule_table unused;

	if (conf_parse_table(text, &unused))
		return 0;
	return diag_error(d, at, -EINVAL, "no table \"%s\": mangle, filter or security",
			  text);
}

int conf_check_topology(const char *text, struct loc at, struct diag *d)
{
	enum topology unused;

	if (!topology_parse(text, &unused))
		return 0;
	return diag_error(d, at, -EINVAL, "no topology \"%s\": net30, p2p or subnet",
			  text);
}

/* A path, or an address, a blank and a port. */
int conf_check_management(const char *text, struct loc at, struct diag *d)
{
	const char *blank = strchr(text, ' ');
	struct prefix host;
	unsigned int port;

	if (!blank ? strchr(text, '/') != NULL :
	    !prefix_parse((struct str){ text, (size_t)(blank - text) },
			  &host) && prefix_is_host(&host) &&
	    scan_decimal(str_of(blank + 1), 65535, &port) && port)
		return 0;
	return diag_error(d, at, -EINVAL, "\"%s\" is neither the path of a socket nor an address and a port",
			  text);
}

static int check_number(const char *text, unsigned int least,
			unsigned int most, struct loc at, struct diag *d)
{
	unsigned int value;

	if (scan_decimal(str_of(text), most, &value) && value >= least)
		return 0;
	return diag_error(d, at, -EINVAL, "\"%s\" is no number from %u to %u",
			  text, least, most);
}

int conf_check_grace(const char *text, struct loc at, struct diag *d)
{
	return check_number(text, 0, UINT16_MAX, at, d);
}

int conf_check_log_group(const char *text, struct loc at, struct diag *d)
{
	return check_number(text, 0, UINT16_MAX, at, d);
}

int conf_check_log_rate(const char *text, struct loc at, struct diag *d)
{
	return check_number(text, 1, LOG_RATE_MAX, at, d);
}
