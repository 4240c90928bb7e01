/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is all that a management interface ever says. */
#include "config.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/server/manage.h"
#include "compiler/openvpn/ovstatus.h"
#include "tests/fuzz/fuzz.h"

static const struct fuzz *input;
static sem_t served;

/* Says the input to each who connects, and listens until he goes. */
static void *serve(void *arg)
{
	int listener = *(const int *)arg, fd;
	const uint8_t *p, *end;
	char buf[4096];
	ssize_t n;

	for (;;) {
		fd = accept(listener, NULL, NULL);
		end = input->data + input->size;
		for (p = input->data; p < end; p += n) {
			n = send(fd, p, (size_t)(end - p), MSG_NOSIGNAL);
			if (n <= 0)
				break;
		}
		shutdown(fd, SHUT_WR);
		while (read(fd, buf, sizeof(buf)) > 0)
			;
		close(fd);
		sem_post(&served);
	}
	return NULL;
}

static const char *server_path(void)
{
	static struct sockaddr_un addr = { .sun_family = AF_UNIX };
	static int listener;
	pthread_t thread;

	if (*addr.sun_path)
		return addr.sun_path;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/socket",
		 fuzz_folder());
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(listener, 1) || sem_init(&served, 0, 0) ||
	    pthread_create(&thread, NULL, serve, &listener))
		abort();
	return addr.sun_path;
}

static void read_status(struct fuzz *f, struct manage *m)
{
	const struct source *src;
	struct ovstatus status;

	if (manage_status(m, &f->sources, "management", &src))
		return;
	ovstatus_parse(src, &status, &f->diag);
	ovstatus_fini(&status);
}

void fuzz_one(struct fuzz *f)
{
	const struct ovstatus_client client = {
		.name = STR("a:b"), .real = STR("udp4:192.0.2.1:7"),
		.has_id = true, .id = 7,
	};
	struct instance in = {
		.management = mem_copy(server_path()),
		.management_port = mem_copy("unix"),
		.management_pw = mem_copy("/dev/null"),
	};
	struct manage *m;
	int r;

	input = f;
	r = manage_open(&in, &m);
	if (!r) {
		read_status(f, m);
		manage_kill(m, &client);
		manage_close(m);
	} else {
		manage_strerror(r);
	}
	sem_wait(&served);
	free(in.management);
	free(in.management_port);
	free(in.management_pw);
}
