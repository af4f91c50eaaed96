#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges what `egret log --json` or `egret why ID --json` printed (on stdin).

    history.py GROUP [-- GROUP]...

A group is a list of FIELD=GLOB; a record meets it when each field is there and matches. Records must meet the groups in
this order, others may lie between. FIELD!=GLOB: no record at all may match it together with the rest of its group, which
then stands anywhere. Lists match by any member. Special fields: role= and level= (of why), within=SECONDS (the record is
at most that old). Prints the id of the record that met the first group; else says on stdout what was not found, exit 1.
"""
import fnmatch
import json
import sys
import time


def read(text):
    """A why object or one record a line; each becomes a flat dictionary."""
    lines = [json.loads(line) for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and "steps" in lines[0]:
        return [dict(step.get("record", {}), role=step["role"], level=step["level"]) for step in lines[0]["steps"]]
    return lines


def texts(value):
    if isinstance(value, list):
        return [str(v) for v in value]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [str(value)]


def field_met(record, field, glob):
    if field == "within":
        age = time.time() - record.get("time_ms", 0) / 1000
        return -1 <= age <= float(glob)
    return field in record and any(fnmatch.fnmatchcase(t, glob) for t in texts(record[field]))


def group_met(record, group):
    return all(field_met(record, *term.replace("!=", "=").split("=", 1)) for term in group)


def judge(records, groups):
    at, first = 0, None
    for group in groups:
        if any("!=" in term for term in group):
            hit = next((r for r in records if group_met(r, group)), None)
            if hit:
                return None, "there is a record with %s: %s" % (" ".join(group), json.dumps(hit))
            continue
        found = next((i for i in range(at, len(records)) if group_met(records[i], group)), None)
        if found is None:
            return None, "no record with %s" % " ".join(group)
        at, first = found + 1, first if first is not None else records[found].get("id")
    return first, None


def main(words):
    groups = [[]]
    for word in words:
        if word == "--":
            groups.append([])
        else:
            groups[-1].append(word)
    found, problem = judge(read(sys.stdin.read()), groups)
    print(problem if problem else found)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
