/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's interfaces, and those that the configuration names: a server may
 * have made another one.
 */
#pragma once

#include "compiler/conf/conf.h"

/* Bytes for the name of a driver. */
#define INTERFACE_DRIVER 32

/* The driver of interface NAME: "tun", "ovpn", "vrf"; "" if it has none or does
 * not exist. */
void interface_driver(const char *name, char out[static INTERFACE_DRIVER]);

/* Has the kernel an interface that DEV ("tun0", "tun*") means? */
bool interfaces_have(const char *dev);

/* Tell FOUND of each interface of a VPN program that no section of CONF names:
 * tun, tap, data channel offload of OpenVPN, WireGuard. */
void interfaces_find_unnamed(const struct conf *conf,
			     void (*found)(void *arg, const char *name),
			     void *arg);

/* Tell FOUND of each interface that the dev of the server IN means, as dev tun
 * does, and that exists and is another program's: it has addresses, and none of
 * a server's. */
void interfaces_find_foreign(const struct conf *conf,
			     void (*found)(void *arg, const struct instance *in,
					   const char *name),
			     void *arg);
/* The same as warnings. */
void interfaces_say_foreign(const struct conf *conf, struct diag *d);
