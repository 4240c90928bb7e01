#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shipped.sh TARBALL: all that git tracks is in it, but for what concerns the
# repository alone.
set -u -o pipefail
export LC_ALL=C
tarball=$(realpath "${1:?path of the tarball}")
cd "${srcdir:-$(dirname "$0")/..}" || exit 99
tracked=$(git ls-files -z | tr '\0' '\n' | grep -v '^\.ci/\|^\.gitignore$' |
	sort) || { echo 'no git, or no repository'; exit 1; }
shipped=$(tar --quoting-style=literal -tf "$tarball" | sed 's|^[^/]*/||' |
	sort) || exit 99
missing=$(comm -13 <(echo "$shipped") <(echo "$tracked"))
[ -z "$missing" ] && exit
echo "not in $1:"
echo "$missing"
exit 1
