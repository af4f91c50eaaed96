#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Did the canary reach the sink, in any of the disguises that thieves use?

    canary.py LOG-FOLDER CANARY             exit 0 and one line saying where and how, exit 1 if nowhere
    canary.py --arrival LOG-FOLDER CANARY   prints when it arrived: milliseconds since the epoch

Looked for: as it is, base64 (its three alignments, and twice over), hexadecimal, inside gzip or zlib streams, inside what
`openssl enc` made with the tests' pass phrase, reversed, and cut up over the labels of DNS names.
"""
import base64
import os
import re
import subprocess
import sys
import zlib

PASS_PHRASE = "egret-test"
DEPTH = 3  # an archive in an archive in an archive


def b64_cores(text):
    """What any base64 of something containing `text` must contain, one for each alignment."""
    cores = []
    for pad in range(3):
        encoded = base64.b64encode(b"\0" * pad + text).rstrip(b"=")
        skip = (pad * 8 + 5) // 6
        spare = 0 if (pad + len(text)) % 3 == 0 else 1
        cores.append(encoded[skip:len(encoded) - spare])
    return cores


def disguises(canary):
    forms = [("plain", canary), ("reversed", canary[::-1]), ("hex", canary.hex().encode())]
    once = b64_cores(canary)
    forms += [("base64", core) for core in once]
    forms += [("base64 twice", core) for inner in once for core in b64_cores(inner)]
    return forms


def inflate(data):
    for magic, bits in ((b"\x1f\x8b\x08", 31), (b"\x78\x9c", 15), (b"\x78\x01", 15), (b"\x78\xda", 15)):
        for hit in re.finditer(re.escape(magic), data):
            try:
                out = zlib.decompressobj(bits).decompress(data[hit.start():], 1 << 24)
            except zlib.error:
                continue
            if out:
                yield "gzip" if bits == 31 else "zlib", out


def decrypt(data):
    at = data.find(b"Salted__")
    while at >= 0:
        # tar pads members with zeros; openssl wants the exact length, which is a multiple of the block.
        body = data[at:].rstrip(b"\0")
        for spare in range(16):
            run = subprocess.run(["openssl", "enc", "-d", "-aes-256-cbc", "-pbkdf2", "-pass", "pass:" + PASS_PHRASE],
                                 input=body + b"\0" * spare, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            if run.returncode == 0 and run.stdout:
                yield "openssl", run.stdout
                break
        at = data.find(b"Salted__", at + 8)


def dns_text(data):
    """The labels of all names asked for, in order, glued together."""
    names = re.findall(rb"query\[\w+\] (\S+) from", data)
    return b"".join(name.rsplit(b".", 2)[0].replace(b".", b"") for name in names)


def find(data, forms, depth=DEPTH):
    for how, form in forms:
        if form in data:
            return how
    if depth:
        for layer, inner in list(inflate(data)) + list(decrypt(data)):
            how = find(inner, forms, depth - 1)
            if how:
                return layer + ", " + how
    return None


def read(folder, name):
    with open(os.path.join(folder, name), "rb") as f:
        return f.read()


def search(folder, forms):
    for name in sorted(os.listdir(folder)):
        if name == "arrivals.tsv":
            continue
        data = read(folder, name)
        how = find(data, forms)
        if not how and name == "dns.log":
            how = find(dns_text(data), forms)
            how = how and "DNS labels, " + how
        if how:
            return name, how
    return None


def arrival(folder, forms):
    for line in read(folder, "arrivals.tsv").decode().splitlines():
        when, name, offset, length = line.split("\t")
        if not os.path.exists(os.path.join(folder, name)):
            continue  # of an earlier test, cleared away
        data = read(folder, name)[:int(offset) + int(length)]
        if any(form in data for _, form in forms):
            return when
    return None


def main(argv):
    wanted_arrival = argv[:1] == ["--arrival"]
    folder, canary = argv[wanted_arrival:]
    forms = disguises(canary.encode())
    if wanted_arrival:
        when = arrival(folder, forms)
        print(when or "never")
        return 0 if when else 1
    hit = search(folder, forms)
    if hit:
        print("%s (%s)" % hit)
    return 0 if hit else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
