/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/ipt/ipt_sock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter_ipv6/ip6_tables.h>

/* The two families' requests; their structs are alike. */
static const struct requests {
	int domain, level;
	int set_replace, set_counters;
	int get_info, get_entries, get_match, get_target;
	const char *names;
} requests[] = {
	[FAMILY_IP4] = {
		AF_INET, IPPROTO_IP,
		IPT_SO_SET_REPLACE, IPT_SO_SET_ADD_COUNTERS,
		IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES,
		IPT_SO_GET_REVISION_MATCH, IPT_SO_GET_REVISION_TARGET,
		"/proc/net/ip_tables_names",
	},
	[FAMILY_IP6] = {
		AF_INET6, IPPROTO_IPV6,
		IP6T_SO_SET_REPLACE, IP6T_SO_SET_ADD_COUNTERS,
		IP6T_SO_GET_INFO, IP6T_SO_GET_ENTRIES,
		IP6T_SO_GET_REVISION_MATCH, IP6T_SO_GET_REVISION_TARGET,
		"/proc/net/ip6_tables_names",
	},
};

static int ask(int sock, unsigned int family, int what, void *data,
	       socklen_t size)
{
	if (getsockopt(sock, requests[family].level, what, data, &size))
		return -errno;
	return 0;
}

int ipt_sock_open(unsigned int family)
{
	/* a raw socket, as in libiptc */
	int sock = socket(requests[family].domain, SOCK_RAW | SOCK_CLOEXEC,
			  IPPROTO_RAW);

	return sock < 0 ? -errno : sock;
}

static int ask_revision(int sock, unsigned int family, int what,
			const char *name)
{
	struct xt_get_revision question = { .revision = 0 };

	snprintf(question.name, sizeof(question.name), "%s", name);
	return ask(sock, family, what, &question, sizeof(question));
}

int ipt_sock_probe(int sock, unsigned int family)
{
	/* the standard target is part of ip_tables, so no module is loaded */
	return ask_revision(sock, family, requests[family].get_target,
			    XT_ERROR_TARGET);
}

static bool has_ext(int sock, unsigned int family, int what, const char *name)
{
	int r = ask_revision(sock, family, what, name);

	return r != -ENOENT && r != -EPROTONOSUPPORT;
}

bool ipt_sock_has_match(int sock, unsigned int family, const char *name)
{
	return has_ext(sock, family, requests[family].get_match, name);
}

bool ipt_sock_has_target(int sock, unsigned int family, const char *name)
{
	return has_ext(sock, family, requests[family].get_target, name);
}

/* 0: it is listed; or -errno. */
static int find_table(unsigned int family, const char *table)
{
	FILE *in = fopen(requests[family].names, "re");
	char line[XT_TABLE_MAXNAMELEN + 2];
	bool found = false;

	if (!in)
		return -errno;
	while (!found && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strcmp(line, table);
	}
	fclose(in);
	return found ? 0 : -ENOENT;
}

bool ipt_sock_has_table(unsigned int family, const char *table)
{
	return find_table(family, table) != -ENOENT;
}

bool ipt_sock_shows_table(unsigned int family, const char *table)
{
	return !find_table(family, table);
}

int ipt_sock_info(int sock, unsigned int family, const char *table,
		  struct ipt_getinfo *out)
{
	*out = (struct ipt_getinfo){ 0 };
	snprintf(out->name, sizeof(out->name), "%s", table);
	return ask(sock, family, requests[family].get_info, out, sizeof(*out));
}

int ipt_sock_entries(int sock, unsigned int family,
		     struct ipt_get_entries *out)
{
	return ask(sock, family, requests[family].get_entries, out,
		   (socklen_t)(sizeof(*out) + out->size));
}

int ipt_sock_snapshot(int sock, unsigned int family, const char *table,
		      struct ipt_snapshot *out)
{
	size_t size;
	int r = ipt_sock_info(sock, family, table, &out->info);

	out->entries = NULL;
	if (r)
		return r;
	size = sizeof(*out->entries) + out->info.size;
	out->entries = mem_zalloc(1, size);
	snprintf(out->entries->name, sizeof(out->entries->name), "%s", table);
	out->entries->size = out->info.size;
	r = ipt_sock_entries(sock, family, out->entries);
	if (r)
		ipt_snapshot_fini(out);
	return r;
}

void ipt_snapshot_fini(struct ipt_snapshot *s)
{
	free(s->entries);
	s->entries = NULL;
}

/* View the entry at *AT, and move *AT to the next one; false at the end. */
static bool next_entry(unsigned int family, const struct ipt_snapshot *s,
		       size_t *at, struct ipt_view *v)
{
	if (*at >= s->entries->size)
		return false;
	ipt_entry_view(family, (char *)s->entries->entrytable + *at, v);
	*at += *v->next_offset;
	return *v->next_offset;
}

static int tell(int sock, unsigned int family, int what, const void *data,
		size_t size)
{
	if (setsockopt(sock, requests[family].level, what, data,
		       (socklen_t)size))
		return -errno;
	return 0;
}

/* The counters of a new table begin at 0. */
static void restore_counters(int sock, unsigned int family,
			    const struct ipt_snapshot *s)
{
	size_t size = sizeof(struct xt_counters_info) +
		      s->info.num_entries * sizeof(struct xt_counters), at = 0;
	struct xt_counters_info *info = mem_zalloc(1, size);
	struct ipt_view v;

	memcpy(info->name, s->info.name, sizeof(info->name));
	while (info->num_counters < s->info.num_entries &&
	       next_entry(family, s, &at, &v))
		info->counters[info->num_counters++] = *v.counters;
	tell(sock, family, requests[family].set_counters, info, size);
	free(info);
}

static int replace(int sock, unsigned int family, const struct ipt_snapshot *s,
		   unsigned int entries_now)
{
	const struct ipt_getinfo *info = &s->info;
	size_t size = sizeof(struct ipt_replace) + info->size;
	struct ipt_replace *new = mem_zalloc(1, size);
	int r;

	memcpy(new->name, info->name, sizeof(new->name));
	new->valid_hooks = info->valid_hooks;
	new->num_entries = info->num_entries;
	new->size = info->size;
	memcpy(new->hook_entry, info->hook_entry, sizeof(new->hook_entry));
	memcpy(new->underflow, info->underflow, sizeof(new->underflow));
	new->num_counters = entries_now;
	new->counters = mem_zalloc(entries_now, sizeof(*new->counters));
	memcpy(new->entries, s->entries->entrytable, info->size);
	r = tell(sock, family, requests[family].set_replace, new, size);
	free(new->counters);
	free(new);
	return r;
}

int ipt_sock_restore(int sock, unsigned int family,
		     const struct ipt_snapshot *s)
{
	struct ipt_getinfo now;
	int r = ipt_sock_info(sock, family, s->info.name, &now);

	if (!r)
		r = replace(sock, family, s, now.num_entries);
	if (!r)
		restore_counters(sock, family, s);
	return r;
}

bool ipt_snapshot_has_ours(unsigned int family, const struct ipt_snapshot *s)
{
	const struct xt_error_target *chain;
	struct ipt_view v;
	size_t at = 0;

	while (next_entry(family, s, &at, &v)) {
		/* a chain begins with a rule whose target has its name */
		chain = (const void *)v.target;
		if (!strcmp(v.target->u.user.name, XT_ERROR_TARGET) &&
		    ipt_chain_is_ours(chain->errorname))
			return true;
	}
	return false;
}
