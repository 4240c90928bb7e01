/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chains that every packet meets: those of the hooks, and the first ones of
 * each server.  Part of lower_ipt.c.
 */
#pragma once

#include "compiler/lower/lower_ipt_part.h"

void lower_ipt_frame(const struct ipt *x);
