#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes ./configure from configure.ac and Makefile.am; needed once after a
# clone. Then build, best out of tree:
#	mkdir build && cd build && ../configure && make
set -e
cd "$(dirname "$0")"
mkdir -p build-aux
exec autoreconf -fi -Wall
