#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares how many instructions the verifier went through, program by program, with what budget.tsv allows.

    budget.py SERIES DOCTOR          DOCTOR is what `egret doctor --json` printed under that kernel
    budget.py --record SERIES=DOCTOR...   writes budget.tsv anew

A program may cost a tenth more than recorded (compilers and stable kernels move it a little); more is a failure, because it
is loading time and, at a million, the end. Prints the table, then "N passed, N failed, N skipped".
"""
import json
import os
import sys

BUDGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "budget.tsv")
SLACK = 1.10
FLOOR = 200  # instructions: a tenth of a small number is nothing


def counts(path):
    """{program: instructions} of what is loaded."""
    with open(path) as f:
        text = f.read()
    flows = json.loads(text[text.find("{"):])["flows"]
    return {f["program"]: f["verified_instructions"] for f in flows if f["verified_instructions"]}


def read_budget():
    """(series, {program: {series: instructions}})"""
    with open(BUDGET) as f:
        lines = [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]
    series = lines[0][1:]
    return series, {cells[0]: dict(zip(series, cells[1:])) for cells in lines[1:]}


def judge(program, now, allowed):
    if not allowed or allowed == "-":
        return "not in budget.tsv"
    if now > max(int(allowed) * SLACK, int(allowed) + FLOOR):
        return "more than a tenth over"
    return ""


def compare(series, path):
    known, budget = read_budget()
    if series not in known:
        sys.exit("budget.py: no column %s in budget.tsv" % series)
    now, failed = counts(path), 0
    print("# %-20s %8s %8s" % ("verified under " + series, "allowed", "now"))
    for program in sorted(now, key=now.get, reverse=True):
        allowed = budget.get(program, {}).get(series, "")
        wrong = judge(program, now[program], allowed)
        failed += bool(wrong)
        print("# %-20s %8s %8d  %s" % (program, allowed or "-", now[program], wrong))
        if wrong:
            print("not ok - budget of %s # %d instructions, %s allowed: %s" % (program, now[program], allowed or "none", wrong))
    print("# %-20s %8s %8d" % ("all", "", sum(now.values())))
    print("%d passed, %d failed, 0 skipped" % (len(now) - failed, failed))
    return failed != 0 or not now


def record(pairs):
    columns = {series: counts(path) for series, path in (pair.split("=", 1) for pair in pairs)}
    programs = sorted({program for column in columns.values() for program in column})
    with open(BUDGET, "w") as f:
        f.write("# Instructions that the verifier went through for each program, by kernel series; made by budget.py --record.\n")
        f.write("\t".join(["program"] + list(columns)) + "\n")
        for program in programs:
            f.write("\t".join([program] + [str(column.get(program, "-")) for column in columns.values()]) + "\n")
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--record"] and len(sys.argv) > 2:
        sys.exit(record(sys.argv[2:]))
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(compare(*sys.argv[1:]))
