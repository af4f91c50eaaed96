#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A webhook receiver that behaves, or does not. Each request is one JSON line in the log: path, headers, body, time.

  receiver.py --log FILE [--cert PEM] PORT=BEHAVIOUR...

BEHAVIOUR: ok, status:N (answers N), flaky:N (500 to the first N requests), hang (accepts and says nothing), reset (hangs up with
a reset), redirect:URL, slow:SECONDS (answers after that), flood (an answer without end). With --cert every port speaks TLS."""
import argparse
import json
import socket
import socketserver
import ssl
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler

LOCK = threading.Lock()


def handler(behaviour, log):
    kind, _, value = behaviour.partition(":")
    seen = [0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *words):
            pass

        def answer(self, status, headers=()):
            self.send_response(status)
            for name, text in headers:
                self.send_header(name, text)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def flood(self):
            self.send_response(200)
            self.end_headers()
            self.close_connection = True
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(errors="replace")
            with LOCK:
                seen[0] += 1
                number = seen[0]
                with open(log, "a") as f:
                    f.write(json.dumps({"port": self.server.server_address[1], "path": self.path, "time": time.time(),
                                        "headers": dict(self.headers), "body": body}) + "\n")
            if kind == "hang":
                time.sleep(600)
            elif kind == "slow":
                time.sleep(float(value))
                self.answer(200)
            elif kind == "status":
                self.answer(int(value))
            elif kind == "flaky":
                self.answer(500 if number <= int(value) else 200)
            elif kind == "redirect":
                self.answer(307, [("Location", value)])
            elif kind == "flood":
                self.flood()
            else:
                self.answer(200)

    return Handler


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, address):
        pass


class Resetting(Server):
    def process_request(self, request, address):
        request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.close()


def serve(port, behaviour, args):
    server = (Resetting if behaviour == "reset" else Server)(("", port), handler(behaviour, args.log))
    if args.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.cert)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", required=True)
    parser.add_argument("--cert")
    parser.add_argument("ports", nargs="+")
    args = parser.parse_args()
    open(args.log, "a").close()
    for word in args.ports:
        port, _, behaviour = word.partition("=")
        serve(int(port), behaviour, args)
    threading.Event().wait()


if __name__ == "__main__":
    main()
