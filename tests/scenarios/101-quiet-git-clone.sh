# SPDX-License-Identifier: Apache-2.0
TITLE="git clone over HTTP"
ROW="E30"
VERDICT=QUIET NEEDS=git
prepare() {
	git init -q seed && cd seed && git commit -q --allow-empty -m first &&
	rm -rf "$SINK_WWW/git" && git clone -q --bare . "$SINK_WWW/git/r.git" &&
	git -C "$SINK_WWW/git/r.git" update-server-info
}
attack() { git clone -q http://files.test/git/r.git clone; }
