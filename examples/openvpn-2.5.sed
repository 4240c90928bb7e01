# SPDX-License-Identifier: GPL-2.0-or-later
# sed -nE -f: what OpenVPN 2.5 logs of the packets that it drops, as questions
# for vpnpf explain --batch. Names hold no blanks.
s|^(.* )?([^ ]+)/[^ /]+ PF: client -> client\[(.*)/[^/]*\] packet dropped .*|c2c	\2	\3|p
s|^(.* )?([^ ]+)/[^ /]+ PF: client -> addr\[([0-9.]*)\] packet dropped .*|addr	\2	\3|p
s|^(.* )?([^ ]+)/[^ /]+ PF: addr\[([0-9.]*)\] -> client packet dropped .*|addr	\2	\3|p
