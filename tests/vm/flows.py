#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is a flow covered that `egret doctor` calls covered, and is everything covered that full coverage promises?

    flows.py DOCTOR RESULTS    what `egret doctor --json` printed, and what the scenarios left (EGRET_RESULTS)

flows.tsv says which scenarios show which flow. Prints a line for each flow, then "N passed, N failed, N skipped".
"""
import json
import os
import sys

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "flows.tsv")


def read_table():
    with open(TABLE) as f:
        rows = [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]
    return {row[0]: [] if row[1] == "-" else row[1].split() for row in rows}


def read_results(path):
    """{number of the scenario: result}"""
    with open(path) as f:
        rows = [line.split("\t") for line in f]
    return {row[3].split("-", 1)[0]: row[7] for row in rows}


def judge(flow, table, results):
    """(result, reason)"""
    if not flow["covered"]:
        return "failed", "not covered: " + flow["why"]
    if flow["program"] not in table:
        return "failed", "no row in flows.tsv"
    scenarios = table[flow["program"]]
    failed = [s for s in scenarios if results.get(s) == "failed"]
    if failed:
        return "failed", "called covered, but scenario %s failed" % failed[0]
    if any(results.get(s) == "passed" for s in scenarios):
        return "passed", ""
    return "skipped", "its scenarios did not run here" if scenarios else "no scenario shows it"


def main(doctor, path):
    with open(doctor) as f:
        text = f.read()
    table, results = read_table(), read_results(path)
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for flow in json.loads(text[text.find("{"):])["flows"]:
        if not flow["program"]:
            continue
        result, reason = judge(flow, table, results)
        count[result] += 1
        line = "flow: %s (%s)" % (flow["flow"], flow["program"])
        print({"passed": "ok - %s", "failed": "not ok - %s # %s", "skipped": "ok - %s # SKIP %s"}[result] %
              ((line, reason) if reason else line))
    print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % count)
    return count["failed"] != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
