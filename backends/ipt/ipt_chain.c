/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_chain.h"

#include <ctype.h>
#include <string.h>

#define PREFIX "VPNPF-"

const char *ipt_chain_family(unsigned int family)
{
	return family == FAMILY_IP4 ? "ip" : "ip6";
}

bool ipt_chain_is_of(unsigned int family, const char *name)
{
	const char *begin = ipt_chain_family(family);
	size_t n = strlen(begin);

	return !strncmp(name, begin, n) && name[n] == '/';
}

const char *ipt_chain_label(const char *name)
{
	const char *slash = strchr(name, '/');

	return slash ? slash + 1 : name;
}

bool ipt_chain_is_ours(const char *label)
{
	return !strncmp(label, PREFIX, strlen(PREFIX)) ||
	       (!strncmp(label, "VP", 2) && isalpha((unsigned char)label[2]) &&
		label[3] == '-');
}

static const struct {
	const char *name;
	enum hook kind;
} hooks[] = {
	{ "PREROUTING", HOOK_PREROUTING },
	{ "POSTROUTING", HOOK_POSTROUTING },
	{ "INPUT", HOOK_INPUT },
	{ "FORWARD", HOOK_FORWARD },
	{ "OUTPUT", HOOK_OUTPUT },
	{ NULL, HOOK_NONE },
};

/* The index in the table of hooks; one past its end: none. */
static size_t find_hook(const char *label)
{
	size_t i = 0;

	if (strncmp(label, PREFIX, strlen(PREFIX)) != 0)
		label = PREFIX;
	while (hooks[i].name && strcmp(label + strlen(PREFIX), hooks[i].name))
		i++;
	return i;
}

const char *ipt_chain_hook(const char *label)
{
	return hooks[find_hook(label)].name;
}

enum hook ipt_chain_hook_kind(const char *label)
{
	return hooks[find_hook(label)].kind;
}

const char *ipt_chain_builtin(unsigned int i)
{
	return i < sizeof(hooks) / sizeof(hooks[0]) ? hooks[i].name : NULL;
}

void ipt_chain_state(struct ruleset *rs, const char *text)
{
	ruleset_add_chain(rs, "ip/" IPT_STATE_CHAIN);
	ruleset_add_rule(rs, RULE_JUMP, NULL, LOC_NONE);
	ruleset_add_match(rs, MATCH_COMMENT)->name = text;
}
