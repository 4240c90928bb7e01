/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/journal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Of a journal namespace: /run/systemd/journal.NAME/stdout. */
#define JOURNAL_DIR "/run/systemd/journal"
#define JOURNAL_SOCKET "/stdout"

/* "device:inode" */
static bool is_named(int fd, const char *stream)
{
	unsigned long long device, inode;
	struct stat st;
	char *end;

	device = strtoull(stream, &end, 10);
	if (end == stream || *end != ':')
		return false;
	inode = strtoull(end + 1, &end, 10);
	return !*end && !fstat(fd, &st) && st.st_dev == device &&
	       st.st_ino == inode;
}

static bool is_connected(int fd)
{
	struct sockaddr_un peer = { .sun_family = AF_UNSPEC };
	char path[sizeof(peer.sun_path) + 1] = "";
	socklen_t size = sizeof(peer);
	const char *name;

	if (getpeername(fd, (struct sockaddr *)&peer, &size) ||
	    peer.sun_family != AF_UNIX)
		return false;
	memcpy(path, peer.sun_path, sizeof(peer.sun_path));
	name = strrchr(path, '/');
	return name && !strcmp(name, JOURNAL_SOCKET) &&
	       !strncmp(path, JOURNAL_DIR, strlen(JOURNAL_DIR)) &&
	       strchr("/.", path[strlen(JOURNAL_DIR)]);
}

bool journal_reads(int fd, const char *stream)
{
	return (stream && is_named(fd, stream)) || is_connected(fd);
}

void journal_begin(FILE *out, bool journal, enum journal_priority p)
{
	if (journal)
		fprintf(out, "<%d>", (int)p);
}
