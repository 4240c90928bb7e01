/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cli/server/manage.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PASSWORD_PROMPT "ENTER PASSWORD:"

struct manage {
	int fd;
	struct timespec end;		/* of the present wait */
	VEC(char) in;			/* received */
	size_t taken;			/* of IN */
};

static void set_deadline(struct manage *m)
{
	clock_gettime(CLOCK_MONOTONIC, &m->end);
	m->end.tv_sec += MANAGE_SECONDS;
}

static long long milliseconds_left(const struct manage *m)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (m->end.tv_sec - now.tv_sec) * 1000LL +
	       (m->end.tv_nsec - now.tv_nsec) / 1000000;
}

/* Wait until the socket is readable or writable. */
static int wait_for(const struct manage *m, short events)
{
	struct pollfd p = { .fd = m->fd, .events = events };
	long long left;
	int r;

	do {
		left = milliseconds_left(m);
		if (left <= 0)
			return -ETIMEDOUT;
		r = poll(&p, 1, (int)left);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r ? 0 : -ETIMEDOUT;
}

static int connect_to(struct manage *m, const struct sockaddr *addr,
		      socklen_t size)
{
	socklen_t n = sizeof(int);
	int error = 0, r;

	m->fd = socket(addr->sa_family,
		       SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (m->fd < 0)
		return -errno;
	if (!connect(m->fd, addr, size))
		return 0;
	/* with a full queue connect to a unix socket does not wait */
	if (errno == EAGAIN)
		return -ETIMEDOUT;
	if (errno != EINPROGRESS)
		return -errno;
	r = wait_for(m, POLLOUT);
	if (!r && getsockopt(m->fd, SOL_SOCKET, SO_ERROR, &error, &n))
		r = -errno;
	return r ? r : -error;
}

static int connect_unix(struct manage *m, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	return connect_to(m, (const struct sockaddr *)&addr, sizeof(addr));
}

/* Numbers only, as OpenVPN's "management" mostly has them. */
static int connect_ip(struct manage *m, const char *host, const char *port)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	struct addrinfo *found;
	int r;

	if (!strcmp(host, "localhost"))
		host = "127.0.0.1";
	if (getaddrinfo(host, port, &hints, &found))
		return -EADDRNOTAVAIL;
	r = connect_to(m, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return r;
}

/* Receive more data into m->in. */
static int receive(struct manage *m)
{
	char buf[16384];
	ssize_t n;
	size_t i;
	int r = wait_for(m, POLLIN);

	if (r)
		return r;
	n = recv(m->fd, buf, sizeof(buf), 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!n)
		return -ECONNRESET;
	if (m->in.n + (size_t)n > SOURCE_MAX)
		return -EFBIG;
	for (i = 0; i < (size_t)n; i++)
		vec_push(&m->in, buf[i]);
	return 0;
}

static struct str unread(const struct manage *m)
{
	return str_from((struct str){ m->in.v, m->in.n }, m->taken);
}

/* The next line that is no notification, without its newline. */
static int read_line(struct manage *m, struct str *out)
{
	const char *nl;
	int r;

	for (;;) {
		*out = unread(m);
		nl = out->n ? memchr(out->p, '\n', out->n) : NULL;
		if (!nl) {
			r = receive(m);
			if (r)
				return r;
			continue;
		}
		out->n = (size_t)(nl - out->p);
		m->taken += out->n + 1;
		if (!out->n || out->p[0] != '>')
			break;
	}
	while (out->n && out->p[out->n - 1] == '\r')
		out->n--;
	return 0;
}

static int send_text(struct manage *m, struct str text)
{
	ssize_t n;
	int r;

	while (text.n) {
		r = wait_for(m, POLLOUT);
		if (r)
			return r;
		n = send(m->fd, text.p, text.n, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		text = str_from(text, n > 0 ? (size_t)n : 0);
	}
	return 0;
}

/* The first line of PATH, with a newline. */
static int read_password(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return -ENOKEY;
	n = read(fd, buf, size - 2);
	close(fd);
	if (n < 0)
		return -ENOKEY;
	buf[n] = '\0';
	strcpy(buf + strcspn(buf, "\r\n"), "\n");
	return 0;
}

/* The prompt has no newline; after a wrong password the prompt comes again. */
static int give_password(struct manage *m, const char *path)
{
	char text[256];
	struct str answer;
	int r;

	if (!path)
		return -ENOKEY;
	r = read_password(path, text, sizeof(text));
	if (!r)
		r = send_text(m, str_of(text));
	explicit_bzero(text, sizeof(text));
	m->taken += strlen(PASSWORD_PROMPT);
	while (!r && unread(m).n < strlen(PASSWORD_PROMPT))
		r = receive(m);
	if (!r && str_begins(unread(m), STR(PASSWORD_PROMPT)))
		return -EKEYREJECTED;
	if (!r)
		r = read_line(m, &answer);
	return r ? r : str_begins(answer, STR("SUCCESS:")) ? 0 : -EPROTO;
}

/* Too short to distinguish the prompt from a greeting. */
static bool is_cut_short(struct str said)
{
	return !said.n || (said.p[0] == 'E' &&
			   said.n < strlen(PASSWORD_PROMPT));
}

static int greet(struct manage *m, const char *password)
{
	struct str said;
	int r;

	while (is_cut_short(unread(m))) {
		r = receive(m);
		if (r)
			return r;
	}
	said = unread(m);
	if (str_begins(said, STR(PASSWORD_PROMPT)))
		return give_password(m, password);
	return said.p[0] == '>' ? 0 : -EPROTO;
}

int manage_open(const struct instance *in, struct manage **out)
{
	struct manage *m = mem_zalloc(1, sizeof(*m));
	int r;

	m->fd = -1;
	set_deadline(m);
	if (!strcmp(in->management_port, "unix"))
		r = connect_unix(m, in->management);
	else
		r = connect_ip(m, in->management, in->management_port);
	if (!r)
		r = greet(m, in->management_pw);
	if (r)
		manage_close(m);
	else
		*out = m;
	return r;
}

void manage_close(struct manage *m)
{
	if (m->fd >= 0)
		close(m->fd);
	vec_fini(&m->in);
	free(m);
}

int manage_status(struct manage *m, struct sources *set, const char *name,
		  const struct source **out)
{
	VEC(char) text = { 0 };
	struct str line;
	size_t i;
	int r = send_text(m, STR("status 3\n"));

	do {
		if (!r)
			r = read_line(m, &line);
		if (!r && str_begins(line, STR("ERROR:")))
			r = -EPROTO;
		for (i = 0; !r && i < line.n; i++)
			vec_push(&text, line.p[i]);
		vec_push(&text, '\n');
	} while (!r && !str_equal(line, STR("END")));
	if (!r)
		*out = source_text(set, name, text.v, text.n);
	vec_fini(&text);
	return r;
}

/* Send TEXT, which is freed. -ENOENT: the answer is an error. */
static int command(struct manage *m, char *text)
{
	struct str answer;
	int r = send_text(m, str_of(text));

	free(text);
	if (!r)
		r = read_line(m, &answer);
	if (r)
		return r;
	return str_begins(answer, STR("SUCCESS:")) ? 0 :
	       str_begins(answer, STR("ERROR:")) ? -ENOENT : -EPROTO;
}

/* Up to a colon it would be the name, or the address, of somebody else;
 * "UNDEF" is everybody in a handshake. */
static bool can_be_named(struct str name)
{
	return !memchr(name.p, ':', name.n) && !str_equal(name, STR("UNDEF"));
}

static char *kill_by_name(struct str name)
{
	VEC(char) text = { 0 };
	const char *p;

	for (p = "kill \""; *p; p++)
		vec_push(&text, *p);
	for (p = name.p; p < name.p + name.n; p++) {
		if (*p == '"' || *p == '\\')
			vec_push(&text, '\\');
		vec_push(&text, *p);
	}
	for (p = "\"\n"; *p; p++)
		vec_push(&text, *p);
	vec_push(&text, '\0');
	return text.v;
}

/*
 * By "100.64.0.2:7", or the "udp4:100.64.0.2:7" of 2.7, which wants its
 * protocol as "udp:" or "tcp:". NULL: by IPv6 this is not possible.
 */
static char *kill_by_address(struct str real)
{
	struct str host = ovstatus_host(real);
	struct prefix addr;
	int proto = host.p != real.p ? 3 : 0;
	const char *colon = host.n ? memrchr(host.p, ':', host.n) : NULL;

	if (!colon ||
	    prefix_parse((struct str){ host.p, (size_t)(colon - host.p) },
			 &addr) || addr.family != FAMILY_IP4)
		return NULL;
	return mem_printf("kill %.*s%s%.*s\n", proto, real.p, proto ? ":" : "",
			  STR_ARG(host));
}

int manage_kill(struct manage *m, const struct ovstatus_client *c)
{
	int r = c->has_id ? -ENOENT : -EPROTO;
	char *text;

	set_deadline(m);	/* the server calls a hook for each */
	if (can_be_named(c->name))
		return command(m, kill_by_name(c->name));
	text = kill_by_address(c->real);
	if (text)
		r = command(m, text);
	if (r == -ENOENT && c->has_id)
		r = command(m, mem_printf("client-kill %u INFO\n", c->id));
	return r;
}

const char *manage_strerror(int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return "no answer; is another program connected to it?";
	case -ENOKEY:
		return "it wants a password, and there is none to read";
	case -EKEYREJECTED:
		return "it does not take the password";
	case -EADDRNOTAVAIL:
		return "its address is no number, and names are not looked up: give management in vpnpf.conf";
	case -EPROTO:
		return "this is no management interface of OpenVPN";
	default:
		return strerror(-error);
	}
}
