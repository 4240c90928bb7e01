#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# When the files of more than a third of the clients are missing, no session
# ends for it, until the files are back or apply --force. [KILL] is never held.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/six.sh"

# held [OPTION]: the guard stands, and reconcile says so and nothing else
held()
{
	finds 1 files-missing "$@" &&
		grep "of ${#six[@]} connected clients" "$work/report"
}

# once NUMBER: each command that tells it tells it once
once()
{
	local command
	for command in apply reconcile status doctor; do
		[ "$(pf $command 2>&1 |
			grep -c "$1 of 6 connected clients")" = 1 ] || return
	done
}

# stands CLAIM NUMBER: this many files are missing
stands()
{
	claim "$1 are held" poll 20 held
	claim '... by --check, too' held --check
	claim '... again' held
	claim '... by apply, with an error' apply_ends_with 1
	claim '... which says how many' \
		grep "error: $2 of 6 connected clients" <(pf apply 2>&1)
	claim '... by status' grep "stands: $2 of 6 connected clients" \
		<(pf status)
	claim '... by the metrics' \
		grep 'vpnpf_findings{kind="files-missing"} 1' \
		<(pf --prometheus status)
	claim '... by doctor' grep files-missing <(pf doctor)
	claim '... by each of them once' once "$2"
	claim '... and no session ends' connected "${six[@]}"
}

# force_ends NAME...: apply --force ends their sessions, or says that it does
# not: a busy server may not answer at once
force_ends()
{
	local status=0
	pf --force apply >"$work/forced" 2>&1 || status=$?
	gone "$@" && return
	[ $status = 1 ] || die "apply --force ends with $status: $*"
	grep 'no answer' "$work/forced" || die "apply --force says nothing: $*"
	return 1
}

begin 1
claim 'all is in order' finds 0

# Six of six, and the way out: the files come back.
mkdir "$work/away"
mv "$work"/policy/*.pf "$work/away/"
pf -q apply
stands 'six of six' 6
claim '... who comes back is let in' comes_back john
mapfile -t all < <(nodes "${six[@]}")
claim '... all with no rights' net_py matrix '' "${all[@]}" host=10.8.0.1
policy nick '[KILL]'
pf apply >"$work/report" 2>&1
claim '[KILL] is not held' gone nick
claim '... the others are' connected john max anna bert dora
stop nick
mv "$work"/away/*.pf "$work/policy/"
claim 'with the files back apply is in order' apply_ends_with 0
claim '... and reconcile' finds 0
claim '... and status' fails grep files-missing <(pf --prometheus status)
clients_up nick
mapfile -t all < <(nodes john nick max)
claim '... and who was held has its rights' net_py matrix \
	'john-nick john-max nick-max john-host nick-host max-host' \
	"${all[@]}" host=10.8.0.1

# Before the guard stands, the files are read again after the grace time; the
# server is away while it stands.
mv "$work"/policy/*.pf "$work/away/"
pf -q apply
held_by_apply()
{
	grep 'error: 6 of 6 connected clients' <(pf apply 2>&1)
}
claim 'six are held by apply' poll 5 held_by_apply
claim '... who comes back is let in' comes_back john
expect_up "${six[@]}"
stop office
claim '... without the server, too' held
claim '... again' held
claim '... and by apply' held_by_apply
server_start office
wait_up "${six[@]}"
claim '... all come back' poll 20 connected "${six[@]}"
claim '... and are held' held
mv "$work"/away/*.pf "$work/policy/"
stop office
expect_up "${six[@]}"
claim 'without the server the files come back, too' apply_ends_with 0
claim '... reconcile is in order' finds 0
server_start office
wait_up "${six[@]}"
# who is not there at the switch is not known after it
claim '... all come back' poll 20 connected "${six[@]}"

# A switch of default-policy.
policy DEFAULT '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
conf 1 yes
mv "$work"/policy/[a-z]*.pf "$work/away/"
pf -q apply || die "apply: exit status $?"
conf 1 no
pf -q apply
stands 'six without DEFAULT.pf' 6
conf 1 yes
claim 'with the default back apply is in order' apply_ends_with 0
mv "$work"/away/*.pf "$work/policy/"
rm "$work/policy/DEFAULT.pf"
conf 1 no
claim 'own files again' apply_ends_with 0

# Three of six are more than a third; the way out: --force.
rm "$work"/policy/{anna,bert,dora}.pf
pf -q apply
stands 'three of six' 3
claim 'apply --force ends them' poll 20 force_ends anna bert dora
claim '... is in order' apply_ends_with 0
claim '... and reconcile' finds 0
for name in anna bert dora; do
	claim "... $name is refused" gave_up $name
done
claim 'the others are still there' connected john nick max
all_open
pf -q apply
clients_up anna bert dora

# --force does not wait for the grace time, and forgets who had a file.
sed -i 's/^grace .*/grace = 600/' "$work/conf"
mv "$work"/policy/*.pf "$work/away/"
claim 'six in their grace time' apply_ends_with 0
claim '... are there' connected "${six[@]}"
claim '... until apply --force' poll 20 force_ends "${six[@]}"
for name in "${six[@]}"; do
	claim "... $name is refused" gave_up $name
done
mv "$work"/away/*.pf "$work/policy/"
sed -i 's/^grace .*/grace = 1/' "$work/conf"
pf -q apply
clients_up "${six[@]}"

# One is missed before the others, because it comes back: all are held.
sed -i 's/^grace .*/grace = 600/' "$work/conf"
mv "$work"/policy/*.pf "$work/away/"
claim 'who comes back first is let in' comes_back john
sed -i 's/^grace .*/grace = 3/' "$work/conf"
claim 'with the others it is held' poll 20 held
claim '... all are there' connected "${six[@]}"
mv "$work"/away/*.pf "$work/policy/"
sed -i 's/^grace .*/grace = 1/' "$work/conf"
pf -q apply

# Two of six are not more than a third.
rm "$work"/policy/{anna,bert}.pf
pf apply >"$work/report" 2>&1
ends_both()
{
	pf reconcile >>"$work/report"
	grep '"anna" is closed' "$work/report" &&
		grep '"bert" is closed' "$work/report"
}
claim 'two of six are ended' poll 20 ends_both
claim '... both' gone anna bert

# Four are too few for a guard.
rm "$work"/policy/*.pf
pf -q apply
ends_four()
{
	pf -q reconcile
	gone john nick max dora
}
claim 'four of four are ended' poll 20 ends_four
claim '... and all is in order' finds 0
