/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's interfaces, and those that the configuration names: a server may
 * have made another one.
 */
#pragma once

#include "compiler/compile.h"

/* Bytes for the name of a driver. */
#define INTERFACE_DRIVER 32

/* The driver of interface NAME: "tun", "ovpn", "vrf"; "" if it has none or does
 * not exist. */
void interface_driver(const char *name, char out[static INTERFACE_DRIVER]);

/* Is there an interface that is IN's, or may be? */
bool interfaces_have(const struct compile *c, const struct instance *in);

/*
 * Tell FOUND of each interface of a VPN program that carries an address of the
 * server IN or of its network, and that the rules do not have: the server has
 * made another one than it should, or somebody has renamed it.
 */
void interfaces_find_stray(const struct compile *c,
			   void (*found)(void *arg, const struct instance *in,
					 const char *name), void *arg);

/* Does the kernel forward for IN's server by itself (OpenVPN's data channel
 * offload)?  As the configuration says, else the interface DEV; NULL: any that
 * IN means. */
bool interfaces_dco(const struct instance *in, const char *dev);

/* Tell FOUND of each interface, and of its driver. */
void interfaces_each(void (*found)(void *arg, const char *name,
				   const char *driver), void *arg);

/* Tell FOUND of each interface of a VPN program that no section of CONF names:
 * tun, tap, data channel offload of OpenVPN, WireGuard. */
void interfaces_find_unnamed(const struct conf *conf,
			     void (*found)(void *arg, const char *name),
			     void *arg);

/* Bytes for interface_dispute. */
#define INTERFACE_TEXT 256

/*
 * Tell FOUND of each interface that the dev of the server IN means, as dev tun
 * does, and that has addresses and is no server's.  FOREIGN: none of them is a
 * server's.  Else it may be the server's, or that of one of several.
 */
void interfaces_find_disputed(const struct compile *c,
			      void (*found)(void *arg, const struct instance *in,
					    const char *name, bool foreign),
			      void *arg);
/* The text about it; returns TEXT. */
const char *interface_dispute(const struct instance *in, const char *name,
			      bool foreign, char text[static INTERFACE_TEXT]);
/* The same as warnings. */
void interfaces_say_disputed(const struct compile *c, struct diag *d);
