/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/sync/compared.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compiler/base/digest.h"
#include "compiler/base/private.h"

/* False: PATH is missing, or so new that it may change without a new stamp. */
static bool add_file(int dirfd, const char *path, uint64_t now,
		     uint64_t *digest)
{
	struct stamp stamp;

	if (stamp_read(dirfd, path, &stamp) || !stamp.inode ||
	    stamp.changed >= now)
		return false;
	*digest = digest_bytes(*digest, path, strlen(path));
	*digest = digest_bytes(*digest, &stamp, sizeof(stamp));
	return true;
}

static uint64_t digest_of(const struct conf *conf, int dirfd)
{
	uint64_t now = file_clock_read().now, digest = 1;
	const struct instance *in;
	bool any = false;

	vec_each(in, &conf->instances) {
		if (in->bad)
			return 0;
		if (in->ipsec)
			continue;
		digest = digest_bytes(digest, in->name, strlen(in->name) + 1);
		any = any || in->status;
		if (in->management ||
		    (in->status &&
		     !add_file(AT_FDCWD, in->status, now, &digest)))
			return 0;
	}
	if (!any || !add_file(dirfd, "live", now, &digest) ||
	    !add_file(dirfd, "policy", now, &digest))
		return 0;
	return digest;
}

static bool is_kept(int dirfd, const struct compared *c)
{
	char text[48];
	uint64_t digest;
	long long until;

	return private_get(dirfd, STATE_COMPARED, text, sizeof(text)) &&
	       sscanf(text, "%" SCNx64 " %lld", &digest, &until) == 2 &&
	       digest == c->digest && time(NULL) <= until;
}

bool compared_before(const struct conf *conf, struct compared *out)
{
	const char *fault;
	int dirfd = private_open_dir(conf->state_dir, &fault);
	bool kept;

	*out = (struct compared){ .until = INT64_MAX };
	if (dirfd < 0)
		return false;
	out->digest = digest_of(conf, dirfd);
	kept = out->digest && is_kept(dirfd, out);
	close(dirfd);
	return kept;
}

void compared_keep(const struct state *s, const struct compared *c)
{
	char text[48];

	/* without this file everything is compared again */
	snprintf(text, sizeof(text), "%016" PRIx64 " %20lld\n", c->digest,
		 c->until);
	private_put(s->dirfd, STATE_COMPARED, text);
}
