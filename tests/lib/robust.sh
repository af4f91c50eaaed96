# SPDX-License-Identifier: Apache-2.0
# What the scripts of tests/robust/ share: the rig, the home, the guard, and thieves that never stop.
#
#   robust_up                rig_up with a home and a fresh guard's folders; all ends with the script
#   guard_alone [OPTION...]  starts the daemon in the background; GUARD_PID is egret itself
#   robust_size N            N scaled by EGRET_ROBUST, at least 1
#   die REASON               ends the script as failed
#   thieves_start            thieves that send the canary by every way they know until thieves_stop; each try is a line in
#                            $THIEVES/tries
#   thieves_work             true if they have tried since the last call
#   no_leak                  dies if the sink has a labelled byte
. "$ROOT/tests/lib/rig.sh"
. "$ROOT/tests/lib/home.sh"
. "$ROOT/tests/lib/guard.sh"
: "${EGRET:=$ROOT/build/egret}" "${EGRET_ROBUST:=10}"

# rig_up, and nothing of ours left behind however the script ends.
robust_up() {
	rig_up; home_fill; guard_fresh
	GUARD_PID='' THIEVES_PID=''
	trap robust_down EXIT
}

robust_down() {
	local pid
	for pid in $THIEVES_PID $GUARD_PID; do kill -9 "$pid" 2>/dev/null; done
	umount -l "$EGRET_RUNTIME_DIR/bpf" 2>/dev/null
	rig_down
}

robust_size() { local n=$(($1 * EGRET_ROBUST / 100)); echo $((n > 1 ? n : 1)); }
# Not by way of guard(): $! must be egret itself. Its folders are in the environment.
guard_alone() {
	"$EGRET" start --mode enforce "$@" >>"$GUARD/log" 2>&1 &
	GUARD_PID=$!
}

guard_up() { guard_alone "$@"; rig_wait 20 guard_answers || die "egret start does not answer: $(tail -1 "$GUARD/log")"; }

die() { echo "$*"; exit 1; }
leaked() { python3 "$RIG_LIB/canary.py" "$SINK_LOG" "$CANARY"; }
no_leak() { ! leaked >"$RIG/leak" || die "the sink has the canary: $(cat "$RIG/leak")${1:+ ($1)}"; }
sink_clear() { find "$SINK_LOG" -name '*.bin' -exec truncate -s 0 {} +; : >"$SINK_LOG/arrivals.tsv"; }

thieves_start() {
	THIEVES=$RIG/thieves THIEVES_SEEN=0
	mkdir -p "$THIEVES"
	: >"$THIEVES/tries"
	python3 "$RIG_LIB/thief.py" --secret "$HOME/.aws/credentials" --to "$SINK4" --to6 "$SINK6" --tries "$THIEVES/tries" &
	THIEVES_PID=$!
}

thieves_stop() { rig_reap "$THIEVES_PID"; }

# Their tries carry what they carry: whoever reads the file before egret ends is tainted too.
thieves_work() {
	local seen
	seen=$(stat -c %s "$THIEVES/tries")
	[ "$seen" -gt "$THIEVES_SEEN" ] || return 1
	THIEVES_SEEN=$seen
}

# Before egret: the thieves must be able to steal, else nothing is proved.
thieves_prove() {
	thieves_start
	rig_wait 10 leaked || die "COULD-NOT-TRY: not even without egret"
	thieves_stop
	[ "$(cut -d' ' -f3 "$THIEVES/tries" | sort -u | wc -l)" -ge 3 ] || die "COULD-NOT-TRY: not all ways were tried"
	home_fill; sink_clear # another canary
}
