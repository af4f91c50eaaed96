# SPDX-License-Identifier: Apache-2.0
TITLE="grep, tar and a local server over secrets, nothing leaves"
ROW="E34"
VERDICT=QUIET NEEDS=socat
attack() {
	grep -rc default "$HOME"
	tar cf backup.tar -C "$HOME" .
	socat -u TCP-LISTEN:2000,bind=127.0.0.1,reuseaddr OPEN:got,creat & sleep 0.5
	socat -u "OPEN:$HOME/project/.env" TCP:127.0.0.1:2000
	wait
	cmp got "$HOME/project/.env"
}
