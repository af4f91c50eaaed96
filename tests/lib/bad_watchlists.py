#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes watchlists that are wrong, each in its own way, into a folder: bad_watchlists.py FOLDER"""
import os
import sys

BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(8)) + b"files: *i\n"
RULE = b"network:\n  - destination: %s\n    rules:\n      - executable: %s\n        decision: %s\n"

FILES = {
    "wrong-key": b"files:\n  - path: ~/.x\n    clas: aws\n",
    "wrong-key-crlf": b"files:\r\n  - path: ~/.x\r\n    clas: aws\r\n",
    "bad-glob": b"files:\n  - path: ~/.x/[a-\n",
    "relative-path": b"files:\n  - path: some/file\n",
    "tabs": b"files:\n\t- path: ~/.x\n",
    "a-tab-later": b"files:\n  - path: ~/.x\n\trules: []\n",
    "invalid-utf-8": b"files:\n  - path: ~/.x\xff\xfe\n",
    "a-nul": b"files:\n  - path: ~/.x\0y\n",
    "10-mb": b"files:\n" + b"  - path: ~/.xxxxxxxxxxxxxxxxxxxxx\n" * 310000,
    "10-mb-in-one-line": b"a" * (10 << 20),
    "alias-bomb": BOMB,
    "deeply-nested": b"files: " + b"[" * 5000 + b"\n",
    "no-list": b"files: 3\n",
    "no-mapping": b"- a\n- b\n",
    "open-quote": b'files:\n  - path: "~/.x\n',
    "key-twice": b"files: []\nfiles: []\n",
    "id-twice": b"files:\n  - id: a\n    path: ~/.x\n  - id: a\n    path: ~/.y\n",
    "no-such-mode": b"mode: enforced\n",
    "no-such-decision": RULE % (b"a.test", b"curl", b"denny"),
    "no-such-port": RULE % (b"a.test:99999", b"curl", b"deny"),
    "no-executable": b"network:\n  - destination: a.test\n    rules:\n      - decision: deny\n",
    "too-many-classes": b"files:\n" + b"".join(b"  - path: /x%d\n    class: c%d\n" % (i, i) for i in range(70)),
    "an-explosion": b"files:\n" + b"".join(b"  - path: /**/a%s/**/b*%d/**/c?%d\n" % (b"?" * k, k, k) for k in range(1, 40)),
}


def main(folder):
    os.makedirs(folder, exist_ok=True)
    for name, data in FILES.items():
        with open(os.path.join(folder, name + ".yaml"), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
