#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# alerts.sh: the alert rules of examples/prometheus are rules of Prometheus, they
# fire as they should, and ask only for metrics that the program prints. Without
# promtool only the last, and that the file is YAML, is tested; this is said.
set -u
. "${srcdir:-$(dirname "$0")/../..}/tests/kernel/lib.sh"
. "$srcdir/tests/claims.sh"

lib_network 10.8.0.1/24
rules=$srcdir/examples/prometheus/vpnpf.rules.yml
mkdir "$work/policy"
printf '[CLIENTS DROP]\n[SUBNETS DROP]\n[END]\n' >"$work/policy/john.pf"
cat >"$work/vpnpf.conf" <<-CONF
	policy = "policy"
	state-dir = "state"
	openvpn office { dev = "tun0" status = "none.txt" }
CONF
pf=("$VPNPF" -b "$VPNPF_BACKEND" -c "$work/vpnpf.conf")
"${pf[@]}" -q apply
status=$?

# asked: the metrics in the expressions; printed: those of the program
asked()
{
	grep -v '^ *#' "$rules" | grep -oE '\bvpnpf_[a-z0-9_]+' | sort -u
}

printed()
{
	"${pf[@]}" status --prometheus | sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' |
		sort -u
}

all_are_printed()
{
	local missing
	asked >"$work/asked"
	printed >"$work/printed"
	[ -s "$work/asked" ] || return 1
	missing=$(comm -23 "$work/asked" "$work/printed")
	[ -z "$missing" ] || { echo "# not printed: $missing"; return 1; }
}

is_yaml()
{
	python3 -c 'import sys, yaml
groups = yaml.safe_load(open(sys.argv[1]))["groups"]
for rule in groups[0]["rules"]:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
' "$rules"
}

fire()
{
	cp "$rules" "$srcdir/tests/prometheus/vpnpf.test.yml" "$work"
	(cd "$work" && promtool test rules vpnpf.test.yml)
}

# fails_for SED: the test of the alerts fails when a rule is changed
fails_for()
{
	cp "$srcdir/tests/prometheus/vpnpf.test.yml" "$work"
	sed "$1" "$rules" >"$work/vpnpf.rules.yml"
	! (cd "$work" && promtool test rules vpnpf.test.yml) >/dev/null
}

claim 'the rules are loaded' [ "$status" = 0 ]
claim 'every metric of the alerts is printed' all_are_printed
if command -v promtool >/dev/null; then
	claim 'promtool takes the rules' promtool check rules "$rules"
	claim 'each alert fires when it should, and then only' fire
	claim '... and not with another limit' fails_for 's/> 3600/> 36000/'
else
	echo '# no promtool (package prometheus): the alerts are not fired'
	if python3 -c 'import yaml' 2>/dev/null; then
		claim 'the rules are YAML' is_yaml
	fi
fi
exit "$failed"
