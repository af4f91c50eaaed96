#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A watchlist that is wrong: one sentence with line and column and an exit code from `egret check` and from `egret reload`,
# and the daemon goes on with the rules it had.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$ROOT/tests/lib/robust.sh"
rig_enter "$@"
set -u
robust_up
LIST=$EGRET_CONFIG_DIR/watchlist.yaml BAD=$RIG/bad

# One line that begins with the file's name, a line and a column.
one_sentence() { # FILE OUTPUT
	[ "$(wc -l <"$2")" = 1 ] || { echo "$(wc -l <"$2") lines"; return 1; }
	grep -qE "^egret: ${1//./\\.}:[1-9][0-9]*:[1-9][0-9]*: .{10,}" "$2" || { echo "no place: $(cut -c1-200 "$2")"; return 1; }
}

refused() { # COMMAND...: fails with exit code 1, in reasonable time
	timeout 30 "$@" >"$RIG/out" 2>"$RIG/err"
	local status=$?
	[ $status = 1 ] || { echo "exit status $status"; return 1; }
	[ ! -s "$RIG/out" ] || { echo "says on stdout: $(head -1 "$RIG/out")"; return 1; }
}

passes() { curl -4 -sf -m 5 "http://$SINK4:$1/" >/dev/null; }
old_rules() { passes 8080 && ! passes 8000; }

one_file() { # NAME
	refused "$EGRET" check "$BAD/$1.yaml" || return
	one_sentence "$BAD/$1.yaml" "$RIG/err" || return
	cp "$BAD/$1.yaml" "$LIST"
	refused "$EGRET" reload || { echo "reload: $(cat "$RIG/err")"; return 1; }
	one_sentence "$LIST" "$RIG/err" || return
	grep -q 'the old rules stay' "$RIG/err" || { echo "reload does not say what holds now"; return 1; }
	old_rules || { echo "the old rules do not hold any more"; return 1; }
}

good_list() { # PORT that curl may not reach
	printf 'network:\n  - destination: %s:%s\n    rules:\n      - executable: curl\n        decision: deny\n' "$SINK4" "$1" >"$LIST"
}

python3 "$RIG_LIB/bad_watchlists.py" "$BAD"
passes 8000 || die "COULD-NOT-TRY: nothing reaches the sink without egret"
good_list 8000
guard_up
old_rules || die "the first rules do not hold"
COUNT=0
for FILE in "$BAD"/*.yaml; do
	NAME=$(basename "$FILE" .yaml)
	REASON=$(one_file "$NAME") || die "$NAME: $REASON"
	COUNT=$((COUNT + 1))
done
echo "# $COUNT files refused"
cp "$BAD/wrong-key.yaml" "$LIST"
kill -HUP "$GUARD_PID"; sleep 0.5
grep -q 'watchlist.yaml:3:5: .*the old rules stay' "$GUARD/log" || die "SIGHUP with a bad file is not told: $(tail -1 "$GUARD/log")"
old_rules || die "the old rules do not hold after SIGHUP"
good_list 8080
guard reload >/dev/null || die "a good file is refused"
{ passes 8000 && ! passes 8080; } || die "the new rules do not hold"
guard stop >/dev/null || die "the guard does not stop"
cp "$BAD/tabs.yaml" "$LIST"
refused "$EGRET" start --mode enforce || die "start with a bad file: $(cat "$RIG/out" "$RIG/err")"
one_sentence "$LIST" "$RIG/err" || die "start with a bad file: $(cat "$RIG/err")"
echo "every file was refused in one sentence, and nothing changed"
