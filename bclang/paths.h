/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the programs are installed, as configured. */
#pragma once

#define SBINDIR "/usr/local/sbin"
/* What is kept across boots. */
#define KEEPDIR "/var/lib/vpnpf"
