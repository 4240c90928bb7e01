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
    length = 8 + len(payload)
    udp = struct.pack("!4H", flow.sport, flow.dport, length, 0)
    if flow.src.version == 6:
        pair = flow.src.packed + flow.dst.packed
        total = checksum(pair + struct.pack("!2I", length, socket.IPPROTO_UDP)
                         + udp + payload)
        return (struct.pack("!IH2B", 6 << 28, length, socket.IPPROTO_UDP, 64) +
                pair + udp[:6] + struct.pack("!H", total or 0xffff) + payload)
    head = struct.pack("!2B3H2BH4s4s", 0x45, 0, 28 + len(payload), 1, 0, 64,
                       socket.IPPROTO_UDP, 0, flow.src.packed, flow.dst.packed)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return head + udp + payload


def unpack(data):
    """(flow, ident), or None if it is not ours."""
    six = data[0] >> 4 == 6
    at, proto, src, size = ((40, data[6], 8, 16) if six else
                            (4 * (data[0] & 15), data[9], 12, 4))
    payload = data[at + 8:]
    if proto != socket.IPPROTO_UDP or not payload.startswith(MARK):
        return None
    ports = struct.unpack("!2H", data[at:at + 4])
    return (Flow(ipaddress.ip_address(data[src:src + size]),
                 ipaddress.ip_address(data[src + size:src + 2 * size]), *ports),
            struct.unpack("!I", payload[len(MARK):])[0])


class Net:
    def __init__(self, devices):
        self.devices = {name: open_tun(name) for name in devices}
        self.send = self.raw(socket.IPPROTO_RAW)
        self.get = self.raw(socket.IPPROTO_UDP)
        self.get[6].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        for sock in self.get.values():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            sock.setblocking(False)
        self.ident = 0

    @staticmethod
    def raw(proto):
        return {4: socket.socket(socket.AF_INET, socket.SOCK_RAW, proto),
                6: socket.socket(socket.AF_INET6, socket.SOCK_RAW, proto)}

    def put(self, device, flow, ident):
        data = packet(flow, ident)
        if device == LOCAL:
            try:
                self.send[flow.dst.version].sendto(data, (str(flow.dst), 0))
            except OSError:
                pass        # denied on its way out, or no route
        else:
            os.write(self.devices[device], data)

    def here(self):
        """A packet to this host."""
        try:
            return self.get[4].recv(4096)
        except BlockingIOError:
            pass
        data, more, _, sender = self.get[6].recvmsg(4096, 64)
        # without its header
        return (struct.pack("!IH2B", 6 << 28, len(data), socket.IPPROTO_UDP,
                            64) +
                ipaddress.ip_address(sender[0]).packed + more[0][2][:16] + data)

    def read(self, device):
        try:
            return (self.here() if device == LOCAL else
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
