#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each fuzzer has a corpus and reads all its files.
set -u
export LC_ALL=C
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${builddir:=.}"
failed=0 n=0

for source in "$srcdir"/tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	program=$builddir/tests/fuzz/$name
	if ! "$program" "$srcdir/tests/fuzz/corpus/${name#fuzz_}"/*; then
		echo "not ok - $name, see above for the last file that it read"
		failed=1
	fi
	n=$((n + 1))
done
[ $n -gt 0 ] || failed=1
exit $failed
