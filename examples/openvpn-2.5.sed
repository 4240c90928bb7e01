# SPDX-License-Identifier: GPL-2.0-or-later
# sed -nE -f: turns OpenVPN 2.5's log lines about dropped packets into questions
# for vpnpf explain --batch. Names must not contain blanks.
s|^(.* )?([^ ]+)/[^ /]+ PF: client -> client\[(.*)/[^/]*\] packet dropped .*|c2c	\2	\3|p
s|^(.* )?([^ ]+)/[^ /]+ PF: client -> addr\[([0-9.]*)\] packet dropped .*|addr	\2	\3|p
s|^(.* )?([^ ]+)/[^ /]+ PF: addr\[([0-9.]*)\] -> client packet dropped .*|addr	\2	\3|p
