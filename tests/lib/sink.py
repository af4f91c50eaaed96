#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The outside world: accepts whatever is sent to it, answers as little as possible, and keeps every byte.

One file per TCP connection or UDP/ICMP socket in the log folder, and `arrivals.tsv` with one line per chunk:
milliseconds since the epoch, file name, offset, length. A test asks these files, never this program.
"""
import argparse
import os
import socket
import threading
import time

TCP_PORTS = (80, 443, 3128, 8000, 8080, 9000, 9001)
UDP_PORTS = (443, 9000, 9001)
IDLE_SECONDS = 120
CHUNK = 65536


class Log:
    def __init__(self, folder):
        self.folder, self.lock, self.serial = folder, threading.Lock(), 0
        self.arrivals = open(os.path.join(folder, "arrivals.tsv"), "a", buffering=1)

    def new(self, kind):
        with self.lock:
            self.serial += 1
            return "%s-%d.bin" % (kind, self.serial)

    def add(self, name, data):
        now = time.time() * 1000
        with self.lock:
            with open(os.path.join(self.folder, name), "ab") as out:
                offset = out.tell()
                out.write(data)
            self.arrivals.write("%.3f\t%s\t%d\t%d\n" % (now, name, offset, len(data)))


def http_length(head):
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value)
        if key.strip().lower() == b"transfer-encoding" and b"chunked" in value.lower():
            return -1
    return 0


def http_complete(data):
    """None while the request is incomplete, else its path."""
    head, gap, body = data.partition(b"\r\n\r\n")
    if not gap:
        return None
    length = http_length(head)
    done = body.endswith(b"0\r\n\r\n") if length < 0 else len(body) >= length
    words = head.split(b" ", 2)
    return words[1].decode("latin-1") if done and len(words) > 2 else None


def is_http(data):
    return data[:4] in (b"GET ", b"POST", b"PUT ", b"HEAD") or data[:7] == b"DELETE "


def http_answer(www, data, path):
    # Only plain paths below the folder: a test's own mistake must not serve the machine.
    name = os.path.normpath(os.path.join(www, path.split("?")[0].lstrip("/")))
    body, status = b"{}\n", b"200 OK"
    if os.path.isfile(name) and name.startswith(www + os.sep):
        with open(name, "rb") as f:
            body = f.read()
    elif data[:3] == b"GET" and path.startswith("/git/"):
        status = b"404 Not Found"
    head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body))
    return head if data[:4] == b"HEAD" else head + body


def serve_tcp(conn, name, log, www):
    data = b""
    conn.settimeout(IDLE_SECONDS)
    try:
        while True:
            chunk = conn.recv(CHUNK)
            if not chunk:
                return
            log.add(name, chunk)
            data += chunk
            if not is_http(data):
                continue
            if b"100-continue" in data and b"\r\n\r\n" in data and data.endswith(b"\r\n\r\n"):
                conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            path = http_complete(data)
            if path is not None:
                conn.sendall(http_answer(www, data, path))
                return
    except OSError:
        pass
    finally:
        conn.close()


def listen_tcp(port, log, www):
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(("::", port))
    s.setsockopt(socket.IPPROTO_TCP, 23, 16)  # TCP_FASTOPEN: accept data in the SYN
    s.listen(64)
    while True:
        conn, _ = s.accept()
        name = log.new("tcp-%d" % port)
        threading.Thread(target=serve_tcp, args=(conn, name, log, www), daemon=True).start()


def keep_datagrams(s, name, log):
    while True:
        data, _ = s.recvfrom(CHUNK)
        log.add(name, data)


def udp_socket(port):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(("::", port))
    return s


def pull(target, log):
    """An outsider that comes and asks: connects to the victim again and again and keeps what it is told."""
    while True:
        try:
            with socket.create_connection(target, 2) as s:
                s.settimeout(10)
                name = log.new("pull")
                while True:
                    data = s.recv(CHUNK)
                    if not data:
                        break
                    log.add(name, data)
        except OSError:
            pass
        time.sleep(0.3)


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--log", required=True)
    args.add_argument("--www", required=True)
    args.add_argument("--pull", metavar="ADDRESS:PORT")
    args = args.parse_args()
    log, jobs = Log(args.log), []
    for port in UDP_PORTS:
        jobs.append((keep_datagrams, (udp_socket(port), "udp-%d.bin" % port, log)))
    for family, proto, name in ((socket.AF_INET, socket.IPPROTO_ICMP, "icmp4.bin"),
                                (socket.AF_INET6, socket.IPPROTO_ICMPV6, "icmp6.bin")):
        jobs.append((keep_datagrams, (socket.socket(family, socket.SOCK_RAW, proto), name, log)))
    if args.pull:
        host, _, port = args.pull.rpartition(":")
        jobs.append((pull, ((host, int(port)), log)))
    # Port 80 last: whoever finds it open may count on all the others.
    jobs += [(listen_tcp, (port, log, os.path.realpath(args.www))) for port in reversed(TCP_PORTS)]
    for job, params in jobs[:-1]:
        threading.Thread(target=job, args=params, daemon=True).start()
    time.sleep(0.05)
    jobs[-1][0](*jobs[-1][1])


if __name__ == "__main__":
    main()
