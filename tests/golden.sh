#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The program on directories of input: golden/NAME is correct, bad/NAME has one
# fault.  A case runs in a copy of its directory, beside a link to examples/:
#	args		one line per call, words in shell syntax;
#			none: --policy policy --dev tun0 check
#	env		environment, one NAME=VALUE per line; may be missing
#	stdin		may be missing
#	stdout.ok stderr.ok
#			expected output of all calls together; missing: none
#	status		of each call, one per line; missing: 0, in bad/ 1
# Usage: golden.sh [--update] [NAME...]; needs no privileges.
set -u -o pipefail
umask 022				# of directories with a state
# what this host translates, and its interfaces, are none of the input
if [ "${GOLDEN_INSIDE-}" != yes ] && unshare -n true 2>/dev/null; then
	GOLDEN_INSIDE=yes exec unshare -n bash "$0" "$@"
fi
cd "${srcdir:-$(dirname "$0")/..}" || exit 99
top=$PWD
program=$(realpath "${VPNPF:?path of vpnpf}") || exit 99
update=
[ "${1-}" = --update ] && update=yes && shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0 count=0

# call WORD...: the program with nothing of the caller's environment in it
call()
{
	local -a set=() input=/dev/null
	[ ! -f env ] || mapfile -t set <env
	[ ! -f stdin ] || input=stdin
	env -i PATH="$PATH" LC_ALL=C ${ASAN_OPTIONS+ASAN_OPTIONS="$ASAN_OPTIONS"} \
		"${set[@]}" "$program" --state-dir state "$@" <"$input"
}

# run_calls CASE: in the copy; leaves stdout, stderr and status above it
run_calls()
{
	local line args='--policy policy --dev tun0 check'
	[ ! -f args ] || args=$(cat args)
	while IFS= read -r line <&3; do
		eval "call $line"
		echo $? >>../status
	done 3<<<"$args" >../stdout 2>../stderr
}

# wanted CASE WHAT: the expected file, or what stands for a missing one
wanted()
{
	local file=$1/$2.ok line
	[ "$2" = status ] && file=$1/status
	if [ -f "$file" ]; then
		cat "$file"
	elif [ "$2" = status ]; then
		while IFS= read -r line; do
			[[ $1 == */bad/* ]] && echo 1 || echo 0
		done <"$work/status"
	fi
}

# rewrite CASE WHAT: store what was found, nothing when that is the default
rewrite()
{
	local file=$1/$2.ok
	[ "$2" = status ] && file=$1/status
	rm -f "$file"
	cmp -s "$work/$2" <(wanted "$1" "$2") || cp "$work/$2" "$file"
}

# run_case CASE
run_case()
{
	local what name=${1#"$top/tests/"} good=yes
	rm -rf "${work:?}"/*
	cp -rL "$1" "$work/case" && chmod -R u+w "$work/case"
	rm -f "$work/case"/{stdout,stderr}.ok "$work/case/status"
	ln -s "$top/examples" "$work/case/examples"
	(cd "$work/case" && run_calls)
	count=$((count + 1))
	for what in status stderr stdout; do
		if [ -n "$update" ]; then
			rewrite "$1" "$what"
		elif ! diff -u --label "$name: wanted $what" --label found \
		     <(wanted "$1" "$what") "$work/$what"; then
			good=
		fi
	done
	[ -n "$good" ] || { echo "FAIL $name"; failed=$((failed + 1)); }
}

shopt -s nullglob
for dir in "$top"/tests/golden/*/ "$top"/tests/bad/*/; do
	dir=${dir%/}
	[ $# -eq 0 ] || [[ " $* " == *" ${dir##*/} "* ]] || continue
	run_case "$dir"
done
[ "$count" -gt 0 ] || { echo "no such case: $*"; exit 1; }
echo "$count cases, $failed failed"
[ "$failed" -eq 0 ]
