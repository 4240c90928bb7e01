/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf/conf_keep.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/base/digest.h"
#include "compiler/base/dir.h"
#include "compiler/base/private.h"
#include "compiler/conf/conf_text.h"
#include "compiler/model/policy.h"

#define HEADER "# vpnpf configuration 1 "
#define HEADER_SIZE (sizeof(HEADER) - 1 + 16 + 1)

/* Malloced. */
static char *text_of(const struct conf *conf, const char *path)
{
	char *body = NULL, *text;
	size_t size = 0;
	FILE *f = mem_check(open_memstream(&body, &size));

	conf_text_print(conf, path, f);
	mem_check(fclose(f) ? NULL : body);
	text = mem_printf(HEADER "%016" PRIx64 "\n%s",
			  digest_bytes(1, body, size), body);
	free(body);
	return text;
}

/* Links are not resolved: they may lead nowhere, or elsewhere, after a boot. */
static char *absolute(const char *path)
{
	char *dir = *path == '/' ? NULL : realpath(".", NULL);
	char *out = mem_printf("%s/%s", dir ? dir : "", path), *to = out;
	const char *from = out;

	free(dir);
	while (*from) {
		if (*from == '/' && from[1] == '/')
			from++;
		else if (!strncmp(from, "/./", 3))
			from += 2;
		else
			*to++ = *from++;
	}
	*to = '\0';
	return out;
}

static char *file_name(const char *path)
{
	return mem_printf("%016" PRIx64 ".conf",
			  digest_bytes(1, path, strlen(path)));
}

static bool is_same(int dirfd, const char *file, const char *text)
{
	struct sources set = { 0 };
	const struct source *src;
	bool same = private_is_ours(dirfd, file) &&
		    !source_load_plain(&set, dirfd, file, file, &src) &&
		    str_equal(source_str(src), str_of(text));

	sources_fini(&set);
	return same;
}

static int write_text(int fd, const char *text)
{
	size_t n = strlen(text);
	ssize_t got;

	while (n) {
		got = write(fd, text, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		text += got;
		n -= (size_t)got;
	}
	return 0;
}

static int replace(int dirfd, const char *file, const char *text)
{
	char *new = mem_printf("%s.new", file);
	int fd, r;

	fd = openat(dirfd, new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
		    O_NOFOLLOW, 0600);
	r = fd < 0 ? -errno : write_text(fd, text);
	if (fd >= 0)
		close(fd);
	if (!r && renameat(dirfd, new, dirfd, file))
		r = -errno;
	if (r)
		unlinkat(dirfd, new, 0);
	free(new);
	return r;
}

static void choose(const struct instance *in, bool bad, struct policy *p,
		   struct conf *out)
{
	struct instance *copy = vec_add(&out->instances);

	*copy = *in;
	copy->bad |= bad;
	if (instance_is_known(in))
		policy_add_vpn(p, str_of(in->name),
			       str_of(in->dev ? in->dev : VPN_NO_DEV), in->tap,
			       in->ipsec);
}

/* CONF to be kept, borrowed.  A bad server may have been on another interface
 * before. */
static void choose_all(const struct conf *conf, struct conf *out)
{
	const struct instance *in;
	struct policy p = { 0 };

	*out = *conf;
	memset(&out->instances, 0, sizeof(out->instances));
	vec_each(in, &conf->instances)
		choose(in, false, &p, out);
	vec_each(in, &conf->shut) {
		const struct vpn vpn = { .dev = in->dev, .ipsec = in->ipsec };

		if (in->name && instance_is_known(in) &&
		    !policy_covers(&p, &vpn))
			choose(in, true, &p, out);
	}
	policy_fini(&p);
}

int conf_keep_write(const struct conf *conf, const char *dir, const char *path)
{
	int dirfd = dir_open(dir), r = dirfd < 0 ? dirfd : 0;
	char *full, *file, *text;
	struct conf chosen;

	if (r)
		return r;
	choose_all(conf, &chosen);
	full = absolute(path);
	file = file_name(full);
	text = text_of(&chosen, full);
	if (!is_same(dirfd, file, text))
		r = replace(dirfd, file, text);
	vec_fini(&chosen.instances);
	close(dirfd);
	free(text);
	free(file);
	free(full);
	return r;
}

/* A crash may leave a part of the text, or zeros. */
static bool is_whole(const struct source *src)
{
	char header[HEADER_SIZE + 1];

	if (src->size < HEADER_SIZE)
		return false;
	snprintf(header, sizeof(header), HEADER "%016" PRIx64 "\n",
		 digest_bytes(1, src->text + HEADER_SIZE,
			      src->size - HEADER_SIZE));
	return !memcmp(src->text, header, HEADER_SIZE);
}

int conf_keep_read(const char *dir, const char *path, struct sources *set,
		   struct conf *out)
{
	int dirfd = dir_open(dir), r = dirfd < 0 ? dirfd : 0;
	const struct source *src;
	char *full, *file;

	*out = (struct conf){ 0 };
	if (r)
		return r;
	full = absolute(path);
	file = file_name(full);
	r = source_load_plain(set, dirfd, file, file, &src);
	if (!r && (!private_is_ours(dirfd, ".") ||
		   !private_is_ours(dirfd, file)))
		r = -EPERM;
	if (!r && (!is_whole(src) || !conf_text_parse(src, full, set, out)))
		r = -EBADMSG;
	close(dirfd);
	free(file);
	free(full);
	return r;
}

static bool is_same_section(const struct instance *kept,
			    const struct instance *in)
{
	return kept->name && !strcmp(kept->name, in->name) &&
	       !kept->ipsec == !in->ipsec;
}

/* Who its clients are. */
static void complete_clients(const struct instance *before, struct instance *in)
{
	if (!in->ccd)
		in->ccd = mem_copy(before->ccd);
	if (!in->ipp) {
		in->ipp = mem_copy(before->ipp);
		in->topology = before->topology;
	}
	if (!in->has_net) {
		in->has_net = before->has_net;
		in->net_first = before->net_first;
		in->net_last = before->net_last;
	}
	if (!in->has_net6) {
		in->has_net6 = before->has_net6;
		in->net6_first = before->net6_first;
		in->net6_last = before->net6_last;
	}
	if (!in->has_pool) {
		in->has_pool = before->has_pool;
		in->pool_first = before->pool_first;
		in->pool_last = before->pool_last;
	}
	if (!in->has_pool6) {
		in->has_pool6 = before->has_pool6;
		in->pool6_first = before->pool6_first;
		in->pool6_last = before->pool6_last;
	}
}

static void complete_management(const struct instance *before,
				struct instance *in)
{
	if (in->management)
		return;
	in->management = mem_copy(before->management);
	in->management_port = mem_copy(before->management_port);
	if (!in->management_pw)
		in->management_pw = mem_copy(before->management_pw);
}

/* While the section is shut, hosts inside are not. */
static void complete_inside(const struct ipsec *before, struct ipsec *ipsec)
{
	char *const *dev;

	vec_each(dev, &before->inside)
		vec_push(&ipsec->inside, mem_copy(*dev));
}

static void complete(struct instance *before, struct instance *in)
{
	if (!in->config)
		in->config = mem_copy(before->config);
	if (!in->dev) {
		in->dev = mem_copy(before->dev);
		in->tap = before->tap;
	}
	if (in->ipsec && !in->ipsec->inside.n)
		complete_inside(before->ipsec, in->ipsec);
	complete_clients(before, in);
	complete_management(before, in);
}

void conf_keep_complete(struct conf *conf, struct conf *kept)
{
	struct instance *in, *before;

	vec_each(in, &conf->instances) {
		if (!in->bad)
			continue;
		vec_each(before, &kept->instances) {
			if (!is_same_section(before, in))
				continue;
			complete(before, in);
			vec_push(&conf->shut, *before);
			*before = (struct instance){ 0 };
		}
	}
}
