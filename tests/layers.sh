#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may include whom: cli -> backends -> compiler, never back; in compiler/
# what stands on the same line of the order below or above it; netfilter's
# headers in backends/ only; our own headers are named from the top
# ("compiler/diag.h"); config.h is the first thing in every .c.
set -u -o pipefail
cd "${srcdir:-$(dirname "$0")/..}" || exit 99

bad=0
complain()
{
	echo "$*"
	bad=1
}

# complain_of TEXT GREP-ARGS...: every line that grep finds is a fault
complain_of()
{
	local text=$1 found
	shift
	found=$(grep -nE "$@" /dev/null) && complain "$text:
$found"
}

quoted='^[[:space:]]*#[[:space:]]*include[[:space:]]*"'

# check_layer LAYER ALLOWED: regular expression of what may stand in quotes
check_layer()
{
	local layer=$1 allowed=$2 files f found
	files=$(find "$layer" -name '*.[ch]' | sort)
	[ -n "$files" ] || { complain "no files in $layer/"; return; }
	found=$(echo "$files" | xargs grep -nHE "$quoted" |
		grep -vE "\"(config\.h|$allowed)\"")
	[ -z "$found" ] || complain "$layer/ may not include:
$found"
	for f in $(echo "$files" | grep '\.c$'); do
		[ "$(grep -m1 -E '^#[[:space:]]*include' "$f")" = \
			'#include "config.h"' ] ||
			complain "$f: the first include is not \"config.h\""
	done
	echo "$layer: $(echo "$files" | wc -l) files"
}

# The modules of compiler/ (x.c and x.h are one), from the bottom; a line holds
# patterns, the first line that fits counts.
compiler_order='
mem vec str digest
addr name source diag topology rule_options
packet scan table optline ranges folder ovaddr words
groups pf* ccd ipp ovconf status ipsec
conf conf_*
policy
verdict service expect
ruleset elem_format owned lower lower_*
plan plan_* tally tally_* state state_* live
load load_*
check
'

# rank MODULE: the line of compiler_order that it fits
rank()
{
	local line word n=0
	set -f
	while read -r line; do
		n=$((n + 1))
		for word in $line; do
			# shellcheck disable=SC2254
			case $1 in $word) echo "$n"; return ;; esac
		done
	done <<<"$compiler_order"
}

check_order()
{
	local module other
	for module in $(find compiler -name '*.[ch]' -printf '%P\n' |
		sed 's/\.[ch]$//' | sort -u); do
		[ -n "$(rank "$module")" ] || {
			complain "compiler/$module: no place in compiler_order"
			continue
		}
		# shellcheck disable=SC2013
		for other in $(cat compiler/"$module".[ch] 2>/dev/null |
			sed -nE "s|${quoted}compiler/(.*)\.h\".*|\1|p"); do
			[ "$(rank "$module")" -ge "$(rank "$other")" ] ||
				complain "compiler/$module includes $other.h," \
					"which stands above it"
		done
	done
}

check_layer compiler 'compiler/[a-z0-9_]+\.h'
check_layer backends '(compiler|backends)/[a-z0-9_]+\.h'
check_layer cli '(compiler|backends|cli)/[a-z0-9_]+\.h'
check_order
complain_of 'netfilter headers belong in backends/' -r --include='*.[ch]' \
	'include[[:space:]]*<(libnftnl|libmnl|libiptc|xtables\.h|linux/netfilter)' compiler cli

exit $bad
