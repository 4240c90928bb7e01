/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/lib/netns.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

static bool write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");
	bool ok;

	if (!out)
		return false;
	ok = fputs(text, out) >= 0;
	return !fclose(out) && ok;
}

static bool become_root(void)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %u 1\n", (unsigned int)geteuid());
	return !unshare(CLONE_NEWUSER) &&
	       write_file("/proc/self/uid_map", map);
}

bool netns_enter(void)
{
	if (geteuid() && !become_root())
		return false;
	return !unshare(CLONE_NEWNET | CLONE_NEWNS) &&
	       !mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) &&
	       !mount("tmpfs", "/run", "tmpfs", 0, NULL);
}

char *netns_output(const char *command)
{
	FILE *in = popen(command, "r");
	char *text = NULL;
	size_t room = 0;
	ssize_t n;

	if (!in)
		return NULL;
	n = getdelim(&text, &room, '\0', in);
	if (pclose(in) || n < 0) {
		free(text);
		return NULL;
	}
	return text;
}

bool netns_run(const char *command)
{
	return !system(command);
}
