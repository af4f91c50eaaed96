# SPDX-License-Identifier: Apache-2.0
TITLE="writing a secret without reading it, then curl by the same process"
VERDICT=QUIET
attack() {
	python3 - <<-'END'
	import os, urllib.request
	with open(os.path.expanduser('~/.aws/credentials'), 'a') as f:
	    f.write('# rotated\n')
	urllib.request.urlopen('http://10.99.0.2/', timeout=10).read()
	END
}
