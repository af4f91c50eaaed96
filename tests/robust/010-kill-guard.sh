#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 of the guard at any moment, while thieves try to send: what is pinned holds, and the next guard takes over without
# a gap. A quarter of the kills hit a guard that is still starting.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$ROOT/tests/lib/robust.sh"
rig_enter "$@"
set -u
robust_up
KILLS=$(robust_size 200)

nap() { sleep "$(printf '0.%03d' "$1")"; }

# Three guards of four are killed while they work, one while it starts.
moment() {
	if [ $(($1 % 4)) = 0 ]; then nap $((RANDOM % 300)); return; fi
	rig_wait 30 guard_answers || die "a guard does not answer: $(tail -1 "$GUARD/log")"
	nap $((RANDOM % 500))
}

kills() {
	local i
	for ((i = 1; i <= KILLS; i++)); do
		moment "$i"
		kill -9 "$GUARD_PID" 2>/dev/null || die "the guard had ended by itself: $(tail -1 "$GUARD/log")"
		wait "$GUARD_PID" 2>/dev/null
		nap $((RANDOM % 200)) # nobody guards; the kernel does
		guard_alone --ask 1s
		[ $((i % 10)) != 0 ] || no_leak "after $i kills"
		[ $((i % 20)) != 0 ] || thieves_work || die "the thieves stopped trying after $i kills"
	done
	echo "# $KILLS kills, $((KILLS / 4)) of them of a guard that was starting"
}

thieves_tell() {
	local told
	told=$(grep -c 'child by_tcp' "$THIEVES/tries")
	echo "# $(wc -l <"$THIEVES/tries") tries, $told of them by TCP from a process that had just read the secret"
}

thieves_prove
guard_up --ask 1s
thieves_start
rig_wait 10 guard_asks || die "the thieves are not even asked about"
kills
rig_wait 10 guard_answers || die "the last guard does not answer: $(tail -1 "$GUARD/log")"
sleep 1
thieves_work || die "the thieves stopped trying"
thieves_stop
no_leak "at the end"
guard status --json | python3 -c 'import json, sys; s = json.load(sys.stdin); assert s["labels"]["files"] > 0, s' ||
	die "the last guard knows of no labelled file: it did not take over"
guard stop >/dev/null || die "the last guard does not stop"
[ -z "$(ls "$EGRET_RUNTIME_DIR/bpf" 2>/dev/null)" ] || die "pins are left after a proper stop"
thieves_tell
echo "nothing left in $KILLS kills"
