/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 64-bit digests of bytes: safe against accident, not against an attacker.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Digest of N bytes (FNV-1a with a final mix); SEED chains digests. */
uint64_t digest_bytes(uint64_t seed, const void *bytes, size_t n);
