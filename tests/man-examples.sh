#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The examples of the manual pages and of README.md are correct. A comment above
# an example says how it is tested:
#	test: run in DIR	in a copy of it: lines "$ command", "> more of
#				it", output
#	test: pf NAME		examples/policy/NAME.pf
#	test: bad.pf		the output of check for a bad file
#	test: extensions	a .pf file that --openvpn-2.5 refuses
#	test: kill		a .pf file that keeps its client out
#	test: groups		a file of groups
#	test: conf		a vpnpf.conf
#	test: expectations	a vpnpf.test that examples/policy meets
#	test: failed		the output of "test" for the line in it
set -u -o pipefail
cd "${srcdir:-$(dirname "$0")/..}" || exit 99
top=$PWD
program=${VPNPF:?path of vpnpf}
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0 tested=0

# What the examples call.
vpnpf()
{
	"$program" --state-dir "$work/state" "$@"
}

# fail BLOCK TEXT
fail()
{
	echo "FAIL $1: $2"
	bad=1
}

# differ BLOCK WANTED FOUND: files that should be equal
differ()
{
	diff -u "$2" "$3" >"$work/diff" && return
	fail "$1" 'wanted (-) and found (+) differ:'
	sed 's/^/	/' "$work/diff"
}

# Each block of the page $1 -> $2.1, $2.2, ...: how to test, the text.
cut_blocks()
{
	awk -v out="$2" '
		/^(\.\\"|<!--) test: / {
			how = $0
			sub(/^[^:]*: /, "", how)
			sub(/ -->$/, "", how)
			file = out "." ++n
			print how >file
			inside = 0
			next
		}
		file && /^\.Ed/ { file = ""; next }
		file && /^\.Bd/ { next }
		file && markdown && !NF {
			if (inside)
				file = ""
			next
		}
		file { print >file; inside = 1 }
	' markdown="$3" "$1"
	sed -i '2,$ { s/\\(:u/\xc3\xbc/g; s/\\&//g; s/\\e/\\/g }' "$2".*
	[ "$3" = 0 ] || sed -i '2,$ s/^    //' "$2".*
}

# run_block NAME TEXT DIR: the commands one by one, each with its output
run_block()
{
	local command='' line
	: >"$work/found"
	while IFS= read -r line; do
		case $line in
		'$ '*) command=${line#??} ;;
		'> '*) command="$command
${line#??}" ;;
		*) continue ;;
		esac
		echo "$line" >>"$work/found"
		case $line in *'|' | *\\) continue ;; esac
		(cd "$3" && eval "$command") >>"$work/found" 2>&1 </dev/null
	done <"$2"
	differ "$1" "$2" "$work/found"
}

# policy_of TEXT: a folder with this one as john's file
policy_of()
{
	rm -rf "$work/policy"
	mkdir "$work/policy"
	cp "$1" "$work/policy/${2:-john}.pf"
	echo 'admins: nick' >"$work/groups"
	cat >"$work/vpnpf.conf" <<-END
		policy = "$work/policy"
		groups = "$work/groups"
		openvpn office { dev = "tun0" }
	END
}

check_bad()
{
	printf '[CLIENTS DROP]\n[SUBNETS DENY]\n[END]\n' >"$work/bad"
	policy_of "$work/bad" bad
	vpnpf --policy "$work/policy" -q check >"$work/found" 2>&1 &&
		fail "$1" 'a bad file is in order'
	vpnpf --policy "$work/policy" check 2>"$work/found" >&2
	grep -v '^1 client' "$work/found" >"$work/said"
	differ "$1" "$2" "$work/said"
}

check_extensions()
{
	policy_of "$2"
	vpnpf -c "$work/vpnpf.conf" check >"$work/found" 2>&1 ||
		fail "$1" "$(cat "$work/found")"
	vpnpf -c "$work/vpnpf.conf" --openvpn-2.5 check >/dev/null 2>&1 &&
		fail "$1" '--openvpn-2.5 takes it'
}

check_kill()
{
	policy_of "$2"
	vpnpf -c "$work/vpnpf.conf" explain john nick 2>&1 |
		grep -q 'john denies nick: john.pf:1:1: \[KILL\]' ||
		fail "$1" 'the client is not kept out'
}

check_groups()
{
	echo '[END]' >"$work/empty"
	policy_of "$work/empty"
	cp "$2" "$work/groups"
	vpnpf -c "$work/vpnpf.conf" check >"$work/found" 2>&1 ||
		fail "$1" "$(cat "$work/found")"
}

# Paths lead below $work, where all that is named is there.
check_conf()
{
	local root=$work/root
	rm -rf "$root"
	mkdir -p "$root/etc/vpnpf/policy" "$root/etc/openvpn/server" \
		"$root/etc/openvpn/lab/ccd" "$root/var/lib/openvpn"
	echo 'admins: nick' >"$root/etc/vpnpf/groups"
	echo 'alice,10.0.2.10' >"$root/etc/vpnpf/addresses"
	echo 'john -> nick drop' >"$root/etc/vpnpf/rules.test"
	echo 'dev tun0' >"$root/etc/openvpn/server/office.conf"
	sed "s|\"/|\"$root/|" "$2" >"$work/conf"
	vpnpf -c "$work/conf" check >"$work/found" 2>&1 ||
		fail "$1" "$(cat "$work/found")"
}

# test_examples FILE: with the policy of examples/
test_examples()
{
	(cd "$work" && vpnpf --openvpn "$top/examples/server.conf" \
		--policy "$top/examples/policy" test "$1")
}

check_expectations()
{
	cp "$2" "$work/rules.test"
	test_examples rules.test >"$work/found" 2>&1 ||
		fail "$1" "$(cat "$work/found")"
	! grep -q '^0 expectations' "$work/found" || fail "$1" 'none is asked'
}

check_failed()
{
	sed -n '2 s/^ *1 | //p' "$2" >"$work/rules.test"
	test_examples rules.test 2>"$work/found" >&2 &&
		fail "$1" 'it does not fail'
	grep -v '^1 expectation' "$work/found" >"$work/said"
	differ "$1" "$2" "$work/said"
}

# check_block NAME FILE
check_block()
{
	local how text=$work/text
	how=$(head -n 1 "$2")
	tail -n +2 "$2" >"$text"
	tested=$((tested + 1))
	[ -s "$text" ] || fail "$1" 'it is empty'
	case $how in
	'run in '*)
		rm -rf "$work/run"
		cp -r "$top/${how#run in }" "$work/run"
		chmod -R u+w "$work/run"
		run_block "$1" "$text" "$work/run"
		;;
	'pf '*) differ "$1" "examples/policy/${how#pf }.pf" "$text" ;;
	bad.pf) check_bad "$1" "$text" ;;
	extensions) check_extensions "$1" "$text" ;;
	kill) check_kill "$1" "$text" ;;
	groups) check_groups "$1" "$text" ;;
	conf) check_conf "$1" "$text" ;;
	expectations) check_expectations "$1" "$text" ;;
	failed) check_failed "$1" "$text" ;;
	*) fail "$1" "no such test: $how" ;;
	esac
}

for page in man/*.[578] README.md; do
	case $page in *.md) markdown=1 ;; *) markdown=0 ;; esac
	cut_blocks "$page" "$work/block" $markdown
	for block in "$work"/block.*; do
		check_block "$page, example ${block##*.}" "$block"
	done
	rm -f "$work"/block.*
done
echo "$tested examples"
[ $tested -ge 10 ] || fail all 'too few were found'
exit $bad
