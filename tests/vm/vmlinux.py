#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""vmlinux.py BZIMAGE OUTPUT: unpacks the kernel proper out of a compressed x86 boot image.

The setup header (Documentation/arch/x86/boot.rst) says how many 512-byte setup sectors come first (offset 0x1f1; 0 means 4)
and where, after them, the compressed payload lies (0x248: offset, 0x24c: length).
"""
import struct
import subprocess
import sys

UNPACKERS = (
    (b"\xfd7zXZ\0", ("xz", "-dc", "--single-stream")),
    (b"\x28\xb5\x2f\xfd", ("zstd", "-qdc")),
    (b"\x02\x21\x4c\x18", ("lz4", "-qdc")),
    (b"\x1f\x8b\x08", ("gzip", "-dc")),
)


def payload(image):
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = 512 * (1 + (image[0x1f1] or 4)) + offset
    return image[start:start + length]


def unpack(data):
    for magic, command in UNPACKERS:
        if data.startswith(magic):
            # The kernel's build appends the unpacked size, which the tools call trailing garbage: judge by the result.
            return subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return b""


def main(source, target):
    with open(source, "rb") as f:
        kernel = unpack(payload(f.read()))
    if not kernel.startswith(b"\x7fELF"):
        sys.exit("vmlinux: no kernel found in " + source)
    with open(target, "wb") as f:
        f.write(kernel)


if __name__ == "__main__":
    main(*sys.argv[1:])
