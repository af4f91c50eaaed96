# SPDX-License-Identifier: Apache-2.0
# egret as the scenarios use it. Every call works in folders of its own below $RIG and leaves nothing on the machine.
#
#   guard_fresh                 new, empty state, runtime and configuration folders
#   guard VERB [ARG...]         egret with those folders
#   guard_run UNKNOWN CMD...    one command tree under egret; the summary goes to $GUARD/summary
#   guard_start | guard_stop    the daemon; guard_start returns when it answers, 1 if it never does
#   guard_prompt                waits for a prompt, leaves the prompts in $GUARD/prompts, prints the first one's id

guard_fresh() {
	GUARD=$RIG/guard
	rm -rf "$GUARD"; mkdir -p "$GUARD"/{state,run,config}
	export EGRET_STATE_DIR=$GUARD/state EGRET_RUNTIME_DIR=$GUARD/run EGRET_CONFIG_DIR=$GUARD/config
}

guard() { # verb first, then the folders, then the verb's own words
	local verb=$1; shift
	"$EGRET" "$verb" --state-dir "$EGRET_STATE_DIR" --runtime-dir "$EGRET_RUNTIME_DIR" --config-dir "$EGRET_CONFIG_DIR" "$@"
}

guard_run() {
	local unknown=$1; shift
	timeout -k 5 $((30 * EGRET_SLOW)) "$EGRET" run --state-dir "$EGRET_STATE_DIR" --runtime-dir "$EGRET_RUNTIME_DIR" \
		--config-dir "$EGRET_CONFIG_DIR" --json --mode enforce --unknown "$unknown" -- "$@" \
		>"$GUARD/summary" 2>"$GUARD/log"
}

guard_answers() { guard status --json; }

guard_start() {
	guard start --mode enforce >"$GUARD/log" 2>&1 &
	GUARD_PID=$!
	rig_wait 10 guard_answers && return 0
	rig_reap "$GUARD_PID"
	return 1
}

guard_stop() {
	guard stop >/dev/null 2>&1 || kill "$GUARD_PID" 2>/dev/null
	wait "$GUARD_PID" 2>/dev/null
	return 0
}

guard_asks() {
	guard prompts --json >"$GUARD/prompts" 2>>"$GUARD/log" && python3 "$RIG_LIB/judge.py" prompt-id "$GUARD/prompts"
}

guard_prompt() {
	rig_wait 5 guard_asks || return 1
	python3 "$RIG_LIB/judge.py" prompt-id "$GUARD/prompts"
}
