#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""capture.py CORPUS NAME KIND PORT: a mute server that keeps what the first client sends first.

KIND tls, http: the stream goes to CORPUS/KIND/NAME; quic: the datagrams, each with two bytes of length in front, behind a
flag byte; other: nothing. Always: the packets as they crossed loopback go to CORPUS/opening/NAME in the fuzzer's form.
"""
import os
import select
import socket
import struct
import sys
import time

ETH_P_ALL, QUIET, PATIENCE = 3, 0.3, 8.0


def listeners(port):
    tcp = socket.create_server(("127.0.0.1", port))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    return tcp, udp


def to_port(frame, port):
    """(protocol, payload, packet) of an IPv4 frame that goes to the port, else None."""
    packet = frame[14:]
    if len(packet) < 28 or packet[0] >> 4 != 4 or packet[9] not in (6, 17):
        return None
    head = (packet[0] & 15) * 4
    if struct.unpack_from("!H", packet, head + 2)[0] != port:
        return None
    skip = 8 if packet[9] == 17 else (packet[head + 12] >> 4) * 4
    return packet[9], packet[head + skip:], packet


def first_packets(port, proto, raw, tcp):
    """The packets with data of the first connection or socket, until it is quiet."""
    found, first_from, deadline, conns = [], None, time.time() + PATIENCE, []
    while time.time() < deadline:
        for ready in select.select([raw, tcp], [], [], 0.05)[0]:
            if ready is tcp:
                conns.append(tcp.accept()[0])
                continue
            frame, meta = raw.recvfrom(70000)
            hit = to_port(frame, port) if meta[2] == socket.PACKET_OUTGOING else None
            if not hit or hit[0] != proto or not hit[1]:
                continue
            source = hit[2][(hit[2][0] & 15) * 4:][:2]
            first_from = first_from or source
            if source == first_from:
                found.append(hit)
                deadline = time.time() + QUIET
    return found


def pieces(flag, parts):
    return bytes([flag]) + b"".join(struct.pack("!H", len(p)) + p for p in parts)


def keep(corpus, kind, name, data):
    os.makedirs(os.path.join(corpus, kind), exist_ok=True)
    with open(os.path.join(corpus, kind, name), "wb") as out:
        out.write(data)


def main(corpus, name, kind, port):
    proto = 17 if kind == "quic" else 6
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    tcp, udp = listeners(int(port))
    found = first_packets(int(port), proto, raw, tcp)
    udp.close()
    if not found:
        print("%s: sent nothing" % name)
        return 1
    payloads = [payload for _, payload, _ in found][:16]
    if kind in ("tls", "http"):
        keep(corpus, kind, name, b"".join(payloads)[:16384])
    elif kind == "quic":
        keep(corpus, kind, name, pieces(0, payloads))
    keep(corpus, "opening", name, pieces(proto == 17, [packet[:16384] for _, _, packet in found][:16]))
    print("%s: %d packets, %d bytes" % (name, len(payloads), sum(map(len, payloads))))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
