# SPDX-License-Identifier: GPL-2.0-or-later
"""UDP packets into devices of this network namespace, and where they arrive.

The kernel has dealt with a packet when the write to the tun device returns, so
nobody waits for what does not come.
"""
import ipaddress
import os
import socket
import struct

from harness import open_tun
from hosts_model import LOCAL, Flow
from netns import checksum

MARK = b"vpnpf-hosts "


def packet(flow, ident):
    payload = MARK + struct.pack("!I", ident)
    udp = struct.pack("!4H", flow.sport, flow.dport, 8 + len(payload), 0)
    head = struct.pack("!2B3H2BH4s4s", 0x45, 0, 28 + len(payload), 1, 0, 64,
                       socket.IPPROTO_UDP, 0, flow.src.packed, flow.dst.packed)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return head + udp + payload


def unpack(data):
    """(flow, ident), or None if it is not ours."""
    at = 4 * (data[0] & 15)
    if data[0] >> 4 != 4 or data[9] != socket.IPPROTO_UDP:
        return None
    payload = data[at + 8:]
    if not payload.startswith(MARK):
        return None
    ports = struct.unpack("!2H", data[at:at + 4])
    return (Flow(ipaddress.ip_address(data[12:16]),
                 ipaddress.ip_address(data[16:20]), *ports),
            struct.unpack("!I", payload[len(MARK):])[0])


class Net:
    def __init__(self, devices):
        self.devices = {name: open_tun(name) for name in devices}
        self.send = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                  socket.IPPROTO_RAW)
        self.get = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                 socket.IPPROTO_UDP)
        self.get.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.get.setblocking(False)
        self.ident = 0

    def put(self, device, flow, ident):
        data = packet(flow, ident)
        if device == LOCAL:
            try:
                self.send.sendto(data, (str(flow.dst), 0))
            except OSError:
                pass        # denied on its way out, or no route
        else:
            os.write(self.devices[device], data)

    def read(self, device):
        try:
            return (self.get.recv(4096) if device == LOCAL else
                    os.read(self.devices[device], 4096))
        except BlockingIOError:
            return None

    def arrived(self):
        """{ident: (device, flow)}"""
        found = {}
        for device in [*self.devices, LOCAL]:
            while data := self.read(device):
                ours = unpack(data)
                if ours:
                    found.setdefault(ours[1], []).append((device, ours[0]))
        return found

    def ask(self, packets):
        """Where each (device, flow) arrives: (device, flow), or None."""
        self.arrived()
        out = []
        for start in range(0, len(packets), 64):
            first = self.ident
            for device, flow in packets[start:start + 64]:
                self.put(device, flow, self.ident)
                self.ident += 1
            found = self.arrived()
            for ident in range(first, self.ident):
                there = found.get(ident, [None])
                # a packet to this host shows also where it was sent from
                out.append(there[0] if len(there) == 1 else there)
        return out
