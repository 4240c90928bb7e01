/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 64-bit numbers that stand for bytes, against chance, not against malice.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Digest of N bytes (FNV-1a with a final mix), to be chained by SEED. */
uint64_t digest_bytes(uint64_t seed, const void *bytes, size_t n);
