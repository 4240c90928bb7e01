/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {
		.data = data, .size = size,
		.diag = { .out = fopen("/dev/null", "w"), .verbose = true },
	};

	fuzz_one(&f);
	sources_fini(&f.sources);
	fclose(f.diag.out);
	return 0;
}

uint8_t fuzz_byte(struct fuzz *f)
{
	if (!f->size)
		return 0;
	f->size--;
	return *f->data++;
}

const struct source *fuzz_source(struct fuzz *f, const char *name)
{
	return source_text(&f->sources, name, (const char *)f->data, f->size);
}

int fuzz_file(const struct fuzz *f, char path[static 32])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, f->data, f->size) != (ssize_t)f->size ||
	    lseek(fd, 0, SEEK_SET))
		abort();
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static char folder[64];

static void remove_folder(void)
{
	DIR *dir = opendir(folder);
	const struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(folder);
}

const char *fuzz_folder(void)
{
	if (!*folder) {
		snprintf(folder, sizeof(folder), "%s/vpnpf-fuzz.XXXXXX",
			 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
		if (!mkdtemp(folder) || atexit(remove_folder))
			abort();
	}
	return folder;
}

#ifndef FUZZ_ENGINE
int main(int argc, char **argv)
{
	struct sources set = { 0 };
	const struct source *src;
	int i;

	for (i = 1; i < argc; i++) {
		if (source_load(&set, AT_FDCWD, argv[i], argv[i], &src)) {
			fprintf(stderr, "cannot read %s\n", argv[i]);
			return 2;
		}
		fprintf(stderr, "%s\n", argv[i]);
		LLVMFuzzerTestOneInput((const uint8_t *)src->text, src->size);
	}
	sources_fini(&set);
	return argc < 2;
}
#endif
