/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/digest.h"

uint64_t digest_bytes(uint64_t seed, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t h = seed ^ 0xcbf29ce484222325u;

	while (n--)
		h = (h ^ *p++) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}
