# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests that make claims, one line each ("ok - claim",
# "not ok - claim"), and end with 0 (all true), 1, or 77 with the reason if
# they cannot run here. Their testbeds read it.
# shellcheck shell=bash disable=SC2034

failed=0			# a claim did not hold

skip()
{
	echo "$0: skipped: $*"
	exit 77
}

die()
{
	echo "$0: FAIL: $*" >&2
	exit 1
}

# claim TEXT COMMAND...: the claim holds if the command succeeds
claim()
{
	local text=$1 out
	shift
	if out=$("$@" 2>&1 </dev/null); then
		echo "ok - $text"
	else
		echo "not ok - $text"
		[ -z "$out" ] || printf '%s\n' "$out" | sed 's/^/#	/'
		failed=1
	fi
}

# refute TEXT COMMAND...: the claim holds if the command fails
refute()
{
	local text=$1
	shift
	claim "$text" fails "$@"
}

fails()
{
	! "$@"
}

# within NAMESPACE COMMAND...
within()
{
	local name=$1
	shift
	nsenter --net="/run/netns/$name" -- "$@"
}

# poll SECONDS COMMAND...: until it succeeds
poll()
{
	local i turns=$(($1 * 50))
	shift
	for ((i = 0; i < turns; i++)); do
		"$@" && return
		sleep 0.02
	done
	return 1
}
