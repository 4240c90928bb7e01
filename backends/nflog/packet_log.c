/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "backends/nflog/packet_log.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libnetfilter_log/libnetfilter_log.h>

#include "compiler/base/mem.h"

#define LIBRARY "libnetfilter_log.so.1"

/* The readers of all groups in this network namespace. */
#define READERS "/proc/net/netfilter/nfnetlink_log"

/* Room for some hundred packets of about 1 KiB. */
#define QUEUE_BYTES (256 << 10)

#define FN(function) __typeof__(function) *

struct functions {
	FN(nflog_open) open;
	FN(nflog_close) close;
	FN(nflog_bind_group) bind_group;
	FN(nflog_unbind_group) unbind_group;
	FN(nflog_set_mode) set_mode;
	FN(nflog_set_qthresh) set_qthresh;
	FN(nflog_set_flags) set_flags;
	FN(nflog_callback_register) callback_register;
	FN(nflog_fd) fd;
	FN(nflog_handle_packet) handle_packet;
	FN(nflog_get_prefix) get_prefix;
	FN(nflog_get_payload) get_payload;
	FN(nflog_get_seq) get_seq;
};

static const struct symbol {
	const char *name;
	size_t at;
} symbols[] = {
#define SYMBOL(field) { "nflog_" #field, offsetof(struct functions, field) }
	SYMBOL(open), SYMBOL(close), SYMBOL(bind_group), SYMBOL(unbind_group),
	SYMBOL(set_mode), SYMBOL(set_qthresh), SYMBOL(set_flags),
	SYMBOL(callback_register), SYMBOL(fd), SYMBOL(handle_packet),
	SYMBOL(get_prefix), SYMBOL(get_payload), SYMBOL(get_seq),
};

struct packet_log {
	struct functions lib;
	struct nflog_handle *handle;
	struct nflog_g_handle *group;
	/* of the present packet_log_read */
	void (*fn)(void *arg, const struct logged_packet *p);
	void *arg;
	uint32_t next;		/* the kernel's number of the next packet */
	uint32_t lost;
	char buf[64 << 10] __attribute__((aligned(8)));
};

static int open_library(struct functions *out, struct diag *d)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW), *address;
	size_t i;

	for (i = 0; handle && i < sizeof(symbols) / sizeof(*symbols); i++) {
		address = dlsym(handle, symbols[i].name);
		if (!address)
			handle = NULL;
		*(void **)((char *)out + symbols[i].at) = address;
	}
	return handle ? 0 : diag_error(d, LOC_NONE, -ENOPKG,
				       "this needs the package libnetfilter-log1: %s",
				       dlerror());
}

/* The kernel numbers all packets, also those that it cannot queue. */
static void count_lost(struct packet_log *log, struct nflog_data *data)
{
	uint32_t seq;

	if (log->lib.get_seq(data, &seq))
		return;
	log->lost += seq - log->next;
	log->next = seq + 1;
}

static int take_packet(struct nflog_g_handle *group, struct nfgenmsg *msg,
		       struct nflog_data *data, void *arg)
{
	struct packet_log *log = arg;
	struct logged_packet packet;
	char *payload = NULL;
	int size = log->lib.get_payload(data, &payload);

	(void)group;
	(void)msg;
	count_lost(log, data);
	packet = (struct logged_packet){
		.prefix = log->lib.get_prefix(data),
		.data = (const uint8_t *)payload,
		.size = size > 0 ? (size_t)size : 0,
	};
	if (packet.prefix)
		log->fn(log->arg, &packet);
	return 0;
}

static bool has_reader(unsigned int group)
{
	FILE *readers = fopen(READERS, "re");
	unsigned int number;
	bool found = false;

	while (readers && !found &&
	       fscanf(readers, "%u%*[^\n]", &number) == 1)
		found = number == group;
	if (readers)
		fclose(readers);
	return found;
}

/* The kernel has the same error for a missing privilege and for a group that
 * another program reads. */
static int say_refused(unsigned int group, int error, struct diag *d)
{
	if (error == EPERM && has_reader(group))
		return diag_error(d, LOC_NONE, -EBUSY,
				  "another program reads log group %u", group);
	if (error == EPERM)
		return diag_error(d, LOC_NONE, -EPERM,
				  "to read logged packets needs root or CAP_NET_ADMIN");
	return diag_error(d, LOC_NONE, error ? -error : -EIO,
			  "cannot read log group %u: %s", group,
			  strerror(error));
}

/* A failure of these settings does no harm. */
static void prepare(struct packet_log *log)
{
	const int bytes = QUEUE_BYTES;

	setsockopt(packet_log_fd(log), SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
		   sizeof(bytes));
	log->lib.set_flags(log->group, NFULNL_CFG_F_SEQ);
	/* deliver each packet at once */
	log->lib.set_qthresh(log->group, 1);
}

int packet_log_open(unsigned int group, struct packet_log **out,
		    struct diag *d)
{
	struct packet_log *log = mem_zalloc(1, sizeof(*log));
	int r = open_library(&log->lib, d);

	if (r) {
		free(log);
		return r;
	}
	log->handle = log->lib.open();
	if (log->handle)
		log->group = log->lib.bind_group(log->handle, (uint16_t)group);
	if (!log->group ||
	    log->lib.set_mode(log->group, NFULNL_COPY_PACKET,
			      PACKET_LOG_BYTES) < 0) {
		r = say_refused(group, errno, d);
		packet_log_close(log);
		return r;
	}
	prepare(log);
	log->lib.callback_register(log->group, take_packet, log);
	*out = log;
	return 0;
}

void packet_log_close(struct packet_log *log)
{
	if (log->group)
		log->lib.unbind_group(log->group);
	if (log->handle)
		log->lib.close(log->handle);
	free(log);
}

int packet_log_fd(const struct packet_log *log)
{
	return log->lib.fd(log->handle);
}

int packet_log_read(struct packet_log *log,
		    void (*fn)(void *arg, const struct logged_packet *p),
		    void *arg)
{
	ssize_t n = recv(packet_log_fd(log), log->buf, sizeof(log->buf),
			 MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	log->fn = fn;
	log->arg = arg;
	log->lib.handle_packet(log->handle, log->buf, (int)n);
	return 0;
}

uint32_t packet_log_lost(struct packet_log *log)
{
	uint32_t lost = log->lost;

	log->lost = 0;
	return lost;
}
