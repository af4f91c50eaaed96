#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges what egret said against what a scenario expects.

    judge.py summary FILE    the object that `egret run --json` prints (last one in FILE)
    judge.py prompts FILE    the object that `egret prompts --json` prints
    judge.py prompt-id FILE  prints the id of the first prompt
    judge.py coverage FILE   prints the coverage named by a summary

Expectations come from the environment: VERDICT, CLASS, SECRET (end of the path), DEST (glob over address:port and
name:port). Exit 0 if met; else 1 and one sentence.
"""
import fnmatch
import json
import os
import sys

WANT = {key: os.environ.get(key, "") for key in ("VERDICT", "CLASS", "SECRET", "DEST")}
STOPPED = ("deny", "denied", "hold", "held")


class Unmet(Exception):
    pass


def last_object(path):
    with open(path, errors="replace") as f:
        text = f.read()
    decoder, found, at = json.JSONDecoder(), None, text.find("{")
    while at >= 0:
        try:
            found, end = decoder.raw_decode(text, at)
            at = text.find("{", end)
        except ValueError:
            at = text.find("{", at + 1)
    if not isinstance(found, dict):
        raise Unmet("egret printed no JSON object")
    return found


def names_secret(entries):
    return any(WANT["CLASS"] in (e.get("class"), "") and str(e.get("path", "")).endswith(WANT["SECRET"]) for e in entries)


def names_destination(flow):
    ends = [flow.get("destination"), flow.get("address"), flow.get("name")]
    port = flow.get("port", 0)
    return any(fnmatch.fnmatch("%s:%s" % (end, port), WANT["DEST"]) or fnmatch.fnmatch(str(end), WANT["DEST"])
               for end in ends if end)


def carries_class(flow):
    return not WANT["CLASS"] or WANT["CLASS"] in flow.get("classes", [])


def expect(condition, sentence):
    if not condition:
        raise Unmet(sentence)


def judge_theft(summary, stopped):
    flows = [f for f in summary.get("flows", []) if not stopped or f.get("verdict") in STOPPED]
    expect(names_secret(summary.get("secrets", [])), "no secret %s of class %s named" % (WANT["SECRET"], WANT["CLASS"]))
    expect(flows, "no flow was stopped" if stopped else "no flow named")
    expect(any(names_destination(f) for f in flows), "destination %s not named" % WANT["DEST"])
    expect(any(names_destination(f) and carries_class(f) for f in flows), "class %s not on the flow" % WANT["CLASS"])
    expect(not stopped or summary.get("result") == "denied", "result is %r, not denied" % summary.get("result"))


def judge_quiet(summary):
    stopped = [f for f in summary.get("flows", []) if f.get("verdict") in STOPPED]
    expect(not stopped, "honest traffic was stopped: %s" % json.dumps(stopped[:1]))
    expect(summary.get("result") in ("clean", "allowed"), "result is %r" % summary.get("result"))
    expect(summary.get("exit") == 0, "the command ended with %r" % summary.get("exit"))


def judge_summary(summary):
    if WANT["VERDICT"] == "QUIET":
        judge_quiet(summary)
    else:
        judge_theft(summary, stopped=WANT["VERDICT"] == "BLOCK")


def judge_prompts(reply):
    prompts = reply.get("prompts", [])
    expect(prompts, "no prompt")
    hits = [p for p in prompts if names_destination(p)]
    expect(hits, "no prompt names %s" % WANT["DEST"])
    expect(any(carries_class(p) for p in hits), "no prompt carries class %s" % WANT["CLASS"])
    expect(any(names_secret(p.get("read", [])) for p in hits), "no prompt says who read %s" % WANT["SECRET"])


def main(what, path):
    try:
        reply = last_object(path)
        if what == "prompt-id":
            expect(reply.get("prompts"), "no prompt")
            print(reply["prompts"][0]["id"])
        elif what == "coverage":
            print(reply.get("coverage", "unknown"))
        else:
            {"summary": judge_summary, "prompts": judge_prompts}[what](reply)
    except (Unmet, OSError) as problem:
        print(problem)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
