/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "compiler/base/digest.h"

#include <endian.h>
#include <string.h>

/* Every bit of the result depends on every bit of H; bijective. */
static uint64_t mix(uint64_t h)
{
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

uint64_t digest_bytes(uint64_t seed, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t h = mix(seed ^ 0xcbf29ce484222325u ^ n), word;

	for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = mix(h ^ le64toh(word));
	}
	for (word = 0; n; n--)
		word = word << 8 | p[n - 1];
	return mix(h ^ word);
}
