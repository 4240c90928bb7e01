#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Files that are missing shut their clients at once; sessions end only after a
# grace time, within which a client may also come back.
. "${srcdir:-$(dirname "$0")/../..}/tests/openvpn/six.sh"

all_shut()
{
	mapfile -t all < <(nodes "${six[@]}")
	net_py matrix '' "${all[@]}" host=10.8.0.1
}

# all_reach: as they did before
all_reach()
{
	local a b pairs=
	for a in "${six[@]}" host; do
		for b in "${six[@]}" host; do
			[[ ! $a < $b ]] || pairs+=" $a-$b"
		done
	done
	mapfile -t all < <(nodes "${six[@]}")
	net_py matrix "$pairs" "${all[@]}" host=10.8.0.1
}

# all_stay: no session, and no client's program, has ended
all_stay()
{
	local name
	for name in "${six[@]}"; do
		kill -0 "${pid[$name]}" || return
		! grep AUTH_FAILED "$work/log/$name" || return
	done
	connected "${six[@]}"
}

begin 600 eve
claim 'six are there' all_reach

# All files away, as git or rsync do it, and back.
mkdir "$work/away"
mv "$work"/policy/*.pf "$work/away/"
claim 'files that are away are no error' apply_ends_with 0
claim '... their clients are shut at once' all_shut
claim '... and stay connected' all_stay
claim '... reconcile leaves them alone' finds 0
claim '... who comes back is let in' comes_back john
claim '... with no rights' all_shut
client_start eve
claim '... who never had a file is refused' refused eve
mv "$work"/away/*.pf "$work/policy/"
claim 'the files come back' apply_ends_with 0
claim '... and all have their rights' all_reach
claim '... nobody has gone' all_stay

# The folder itself is away: this is an error, and the rules stay.
mv "$work/policy" "$work/policy.away"
claim 'a folder that is away is an error' apply_ends_with 1
claim '... nobody is shut for it' all_reach
claim '... who comes back is let in' comes_back nick
mapfile -t all < <(nodes john max nick)
claim '... with no rights' net_py matrix 'john-max john-host max-host' \
	"${all[@]}" host=10.8.0.1
mkdir "$work/policy"
claim 'an empty folder in its place is none' apply_ends_with 0
claim '... all are shut' all_shut
claim '... and who comes back is let in' comes_back max
claim '... all are there' all_stay
rmdir "$work/policy"
mv "$work/policy.away" "$work/policy"
claim 'the folder comes back' apply_ends_with 0
claim '... with all rights' all_reach

# Without DEFAULT.pf.
mkdir "$work/own"
policy DEFAULT '[CLIENTS ACCEPT]' '[SUBNETS ACCEPT]' '[END]'
conf 600 yes
mv "$work"/policy/[a-z]*.pf "$work/own/"
pf -q apply || die "apply: exit status $?"
claim 'DEFAULT.pf serves all' all_reach
conf 600 no
claim 'no default-policy any more' apply_ends_with 0
claim '... all are shut' all_shut
claim '... all are there' all_stay
claim '... who comes back is let in' comes_back anna
conf 600 yes
pf -q apply
claim '... and with the default back, all have their rights' all_reach
rm "$work/policy/DEFAULT.pf"
mv "$work"/own/*.pf "$work/policy/"
conf 600
pf -q apply || die "apply: exit status $?"
claim 'own files again' all_reach

# One file is missing, for good.
rm "$work/policy/dora.pf"
start=$SECONDS
claim 'one file is missing' apply_ends_with 0
mapfile -t all < <(nodes john dora)
claim '... its client is shut at once' net_py matrix 'john-host' \
	"${all[@]}" host=10.8.0.1
claim '... and there' all_stay
conf 5
ends_somebody()
{
	! pf reconcile >"$work/report" && grep dora "$work/report"
}
claim 'its session ends' poll 30 ends_somebody
claim '... not before its time' [ $((SECONDS - start)) -ge 4 ]
claim '... at once' gone dora
claim '... and all is in order' finds 0
claim '... it is refused after its ping-restart' gave_up dora
claim 'nobody else has gone' connected john nick max anna bert

# grace = 0: at once.
conf 0
rm "$work/policy/bert.pf"
pf apply >"$work/report"
claim 'without a grace time apply ends the session' \
	grep '"bert" is closed' "$work/report"
claim '... at once' gone bert
claim '... and it is refused' gave_up bert
