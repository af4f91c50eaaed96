# SPDX-License-Identifier: Apache-2.0
TITLE="git reads .netrc for a clone; the clone's files are nobody's secret"
VERDICT=QUIET NEEDS="git python3"
prepare() {
	git init -q seed && cd seed && echo "import urllib.request as u; u.urlopen('http://other.test/', timeout=10)" >app.py &&
	git add app.py && git commit -q -m first &&
	rm -rf "$SINK_WWW/git" && git clone -q --bare . "$SINK_WWW/git/r.git" && git -C "$SINK_WWW/git/r.git" update-server-info
}
attack() { git clone -q http://files.test/git/r.git clone && python3 clone/app.py; }
