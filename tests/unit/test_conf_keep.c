/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/conf/conf_keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/base/digest.h"

static char folder[] = "/tmp/test_conf_keep.XXXXXX";
static struct sources set;

static const char *at(const char *name)
{
	static char path[4][128];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
	return path[turn];
}

static void write_file(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
}

static const char conf_text[] =
	"policy = policy\ngroups = groups\ntests = { a, \"b \\\" \\\\ c\" }\n"
	"default-policy = yes\nbackend = nftables\niptables-table = security\n"
	"iptables-final-accept = yes\nlog-group = 5\nlog-rate = 7\n"
	"grace = 61\nnat = no\n"
	"openvpn office { server-conf = s.conf }\n"
	"openvpn lab { dev = tap1 dco = yes management = '::1 7505'\n"
	" management-password = pw status = st ipp = i }\n"
	"ipsec road { dev = eth0 local = { '2001:db8::1', '::1' } ike = yes\n"
	"inside = { eth1, 'wlan*' } site-to-site = yes xfrm = ipsec0\n"
	" networks = { 10.0.2.0/24, 'fd00:2::/64' } addresses = a }\n"
	"ipsec rail { dev = eth0 local = '192.0.2.1' networks = 10.0.3.0/24 }\n";
static const char server_text[] =
	"dev tun0\ntopology net30\nserver 10.8.0.0 255.255.255.0\n"
	"server-ipv6 fd00:8::/64\n"
	"client-to-client\nclient-config-dir ccd\nifconfig-pool-persist i 0\n"
	"management m unix pw\nstatus st 7\nchroot jail\ndisable-dco\n";

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || mkdir(at("keep"), 0700) ||
	    mkdir(at("again"), 0700))
		return -1;
	write_file(at("v.conf"), conf_text, strlen(conf_text));
	write_file(at("s.conf"), server_text, strlen(server_text));
	return chdir(folder);
}

static void empty(const char *name)
{
	DIR *dir = opendir(at(name));
	struct dirent *e;

	while ((e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
	rmdir(at(name));
}

static int remove_folder(void **state)
{
	(void)state;
	sources_fini(&set);
	empty("keep");
	empty("again");
	unlink(at("v.conf"));
	unlink(at("s.conf"));
	return chdir("/") || rmdir(folder);
}

static void load(struct conf *out)
{
	const struct conf_options opt = { .file = "v.conf" };
	struct diag silent = { 0 };

	assert_int_equal(conf_load(&opt, &set, out, &silent), 0);
	assert_null(conf_next_bad(out, NULL));
}

/* The path of the only file in the folder NAME. */
static const char *file_in(const char *name)
{
	static char path[400];
	DIR *dir = opendir(at(name));
	struct dirent *e;

	*path = '\0';
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.') {
			assert_string_equal(path, "");
			snprintf(path, sizeof(path), "%s/%s", at(name),
				 e->d_name);
		}
	closedir(dir);
	return path;
}

static const struct source *kept(const char *name)
{
	const struct source *src;
	const char *path = file_in(name);

	assert_int_equal(source_load(&set, AT_FDCWD, path, path, &src), 0);
	return src;
}

static void keep(void)
{
	struct conf conf;

	load(&conf);
	assert_int_equal(conf_keep_write(&conf, at("keep"), "v.conf"), 0);
	conf_fini(&conf);
}

static int read_back(void)
{
	struct conf conf;
	int r = conf_keep_read(at("keep"), "v.conf", &set, &conf);

	conf_fini(&conf);
	return r;
}

static void what_is_kept_reads_as_it_was(void **state)
{
	const struct instance *in;
	struct conf conf;
	char text[64];

	(void)state;
	keep();
	assert_int_equal(conf_keep_read(at("keep"), "./v.conf", &set, &conf),
			 0);
	assert_string_equal(conf.policy, at("policy"));
	assert_int_equal(conf.tests.n, 2);
	assert_string_equal(conf.tests.v[1], at("b \" \\ c"));
	assert_true(conf.default_policy && conf.ipt.table == TABLE_SECURITY &&
		    conf.ipt.accept && conf.log.on);
	assert_int_equal(conf.log.group, 5);
	assert_int_equal(conf.log.rate, 7);
	assert_int_equal(conf.grace, 61);
	assert_string_equal(conf.nat, "no");
	assert_int_equal(conf.instances.n, 4);
	in = &conf.instances.v[0];
	assert_string_equal(in->dev, "tun0");
	assert_int_equal(in->topology, TOPOLOGY_NET30);
	assert_true(in->has_pool && in->has_pool6 && !in->tap);
	assert_true(in->has_own && in->has_own6);
	assert_int_equal(addr_ip4(&in->own), 0x0a080001);
	assert_int_equal(in->own6.b[15], 1);
	assert_int_equal(in->status_seconds, 7);
	loc_format(in->client_to_client_at, text, sizeof(text));
	assert_non_null(strstr(in->client_to_client_at.src->name,
			       "s.conf:5:1"));
	assert_true(in->no_dco && !in->dco);
	assert_true(conf.instances.v[1].tap);
	assert_true(conf.instances.v[1].dco && !conf.instances.v[1].no_dco);
	assert_string_equal(conf.instances.v[1].management, "::1");
	assert_true(conf.instances.v[2].ipsec->ike);
	assert_true(conf.instances.v[2].ipsec->site_to_site);
	assert_int_equal(conf.instances.v[2].ipsec->ends.n, 2);
	assert_int_equal(conf.instances.v[2].ipsec->inside.n, 2);
	assert_int_equal(conf.instances.v[2].ipsec->xfrm.n, 1);
	assert_string_equal(conf.instances.v[2].ipsec->inside.v[1], "wlan*");
	assert_int_equal(conf.instances.v[2].ipsec->clients.n, 2);
	assert_int_equal(conf.instances.v[3].ipsec->ends.v[0].len, 32);
	assert_int_equal(addr_ip4(&conf.instances.v[3].ipsec->ends.v[0].addr),
			 0xc0000201);

	/* nothing is lost: it is printed as before */
	assert_int_equal(conf_keep_write(&conf, at("again"), "v.conf"), 0);
	assert_true(str_equal(source_str(kept("keep")),
			      source_str(kept("again"))));
	conf_fini(&conf);
}

/* Its interface, and that of before, are known; what is wrong, and where. */
static void a_bad_server_is_kept_as_bad(void **state)
{
	static const char *const texts[] = {
		"policy = p\nopenvpn office { dev = tun0 }\n"
		"openvpn lab { dev = tun1 colour = red }\n"
		"openvpn 'a \"b\" \\ c\n}' { dev = tun2 }\n"
		"openvpn none { colour = red }\n"
		"ipsec road { dev = eth0 networks = { 10.0.2.0/24 } }\n"
		"ipsec rail { dev = eth0 local = '192.0.2.1' }\n",
		"policy = p\nopenvpn office { dev = tun0 }\n"
		"openvpn lab { dev = tun5 colour = red }\n"
		"openvpn lab { dev = tun6 }\n",
	};
	static const char *const wanted[] = {
		"office=tun0 lab=tun1! a \"b\" \\ c\n}=tun2! none=?! "
		"road=eth0! rail=eth0!",
		"office=tun0 lab=tun5! lab=tun6! lab=tun1!",
	};
	const struct conf_options opt = { .file = "w.conf" };
	struct diag silent = { 0 };
	const struct instance *in;
	struct conf conf, kept;
	char text[256], place[128];
	size_t i, turn;

	(void)state;
	for (i = 0; i < 4; i++) {
		write_file(at("w.conf"), texts[i / 2], strlen(texts[i / 2]));
		assert_int_equal(conf_load(&opt, &set, &conf, &silent), 0);
		turn = conf_keep_read(at("keep"), "w.conf", &set, &kept) == 0;
		assert_int_equal(turn, i > 0);
		conf_keep_complete(&conf, &kept);
		conf_fini(&kept);
		assert_int_equal(conf_keep_write(&conf, at("keep"), "w.conf"),
				 0);
		conf_fini(&conf);
		assert_int_equal(conf_keep_read(at("keep"), "w.conf", &set,
						&kept), 0);
		*text = '\0';
		vec_each(in, &kept.instances)
			snprintf(text + strlen(text),
				 sizeof(text) - strlen(text), "%s%s=%s%s",
				 *text ? " " : "", in->name,
				 in->dev ? in->dev : "?",
				 in->bad ? "!" : "");
		assert_string_equal(text, wanted[i / 2]);
		loc_format(kept.instances.v[1].bad_at, place, sizeof(place));
		assert_non_null(strstr(place, "w.conf:3:26"));
		conf_fini(&kept);
	}
	unlink(at("w.conf"));
}

static void the_same_text_is_not_written_again(void **state)
{
	struct stat before, after;

	(void)state;
	keep();
	assert_int_equal(stat(file_in("keep"), &before), 0);
	keep();
	assert_int_equal(stat(file_in("keep"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void it_is_of_one_file(void **state)
{
	struct conf conf;

	(void)state;
	keep();
	assert_int_equal(conf_keep_read(at("keep"), "w.conf", &set, &conf),
			 -ENOENT);
	conf_fini(&conf);
	assert_int_equal(conf_keep_read(at("none"), "v.conf", &set, &conf),
			 -ENOENT);
	conf_fini(&conf);
	assert_int_equal(conf_keep_write(&conf, at("none"), "v.conf"),
			 -ENOENT);
}

static void what_others_may_write_is_not_used(void **state)
{
	(void)state;
	keep();
	chmod(file_in("keep"), 0602);
	assert_int_equal(read_back(), -EPERM);
	keep();
	assert_int_equal(read_back(), 0);
	chmod(at("keep"), 0777);
	assert_int_equal(read_back(), -EPERM);
	chmod(at("keep"), 0700);
	assert_int_equal(read_back(), 0);
}

static void each_changed_byte_is_damage(void **state)
{
	const struct source *src;
	char *text, *path;
	size_t i;

	(void)state;
	keep();
	src = kept("keep");
	path = mem_copy(file_in("keep"));
	for (i = 0; i < src->size; i++) {
		text = mem_dup(src->text, src->size);
		text[i] ^= 1 << i % 8;
		write_file(path, text, src->size);
		free(text);
		assert_int_equal(read_back(), -EBADMSG);
		write_file(path, src->text, i);
		assert_int_equal(read_back(), -EBADMSG);
	}
	free(path);
}

/* Of another version: the digest is right, the text is odd. */
static void odd_text_is_no_crash(void **state)
{
	char *text, *path, header[64];
	const struct source *src;
	size_t head, i;

	(void)state;
	unlink(file_in("keep"));
	keep();
	src = kept("keep");
	path = mem_copy(file_in("keep"));
	head = (size_t)(strchr(src->text, '\n') + 1 - src->text);
	for (i = head; i < src->size; i++) {
		text = mem_dup(src->text, src->size);
		text[i] ^= 1 << i % 7;
		snprintf(header, sizeof(header), "%016" PRIx64 "\n",
			 digest_bytes(1, text + head, src->size - head));
		memcpy(text + head - 17, header, 17);
		write_file(path, text, src->size);
		free(text);
		read_back();
	}
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_reads_as_it_was),
		cmocka_unit_test(the_same_text_is_not_written_again),
		cmocka_unit_test(it_is_of_one_file),
		cmocka_unit_test(what_others_may_write_is_not_used),
		cmocka_unit_test(each_changed_byte_is_damage),
		cmocka_unit_test(odd_text_is_no_crash),
		cmocka_unit_test(a_bad_server_is_kept_as_bad),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
