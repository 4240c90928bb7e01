/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gates: the places where probes enter and leave the network namespace.
 *
 *   tun  the VPN's device, held as OpenVPN holds it: stands for all clients
 *   lan  a second tun device, the default route: stands for everybody else
 *   own  raw sockets: stand for the server itself
 *
 * The kernel handles what is written to a tun device before write() returns,
 * so whatever comes out of it is there to be read at once. probe_run.h does
 * not rely on that blindly.
 *
 * A struct gates owns its descriptors; fini closes them. Functions return 0 or
 * -errno and say what went wrong on stderr.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tests/kernel/probe_packet.h"

#define GATE_PREFIXES 64
#define GATE_SOCKETS 8

enum gate { GATE_TUN, GATE_LAN, GATE_OWN };

struct gates {
	int tun, lan;			/* lan is -1 if there is none */
	int raw[GATE_SOCKETS];		/* what arrives for the server */
	int send4, send6;		/* what the server sends */
	struct prefix clients[GATE_PREFIXES], own[GATE_PREFIXES];
	size_t n_clients, n_own;
};

/* Called for each probe that comes out of a gate. */
typedef void gate_seen_fn(void *ctx, enum gate at, const struct packet *p);

/* Makes G closable; nothing is open. */
void gate_init(struct gates *g);

void gate_fini(struct gates *g);

/*
 * Attaches to the tun devices TUN and, if not NULL, LAN (made if they do not
 * exist), sets them up, and opens the raw sockets.
 */
int gate_open(struct gates *g, const char *tun, const char *lan);

/* Adds a network of clients, or an address of the server. -ENOSPC if full. */
int gate_add_clients(struct gates *g, const struct prefix *p);
int gate_add_own(struct gates *g, const struct prefix *p);

/* Where a packet from or to A belongs: own, else tun, else lan. */
enum gate gate_find(const struct gates *g, const struct address *a);

/* Sends P in at AT; an error of the network (no route...) is no error here. */
int gate_send(const struct gates *g, enum gate at, const struct packet *p);

/* Reads all that is there, without waiting. */
int gate_drain(const struct gates *g, gate_seen_fn *seen, void *ctx);

/* Waits at most MS milliseconds until something is there. */
int gate_wait(const struct gates *g, int ms);
