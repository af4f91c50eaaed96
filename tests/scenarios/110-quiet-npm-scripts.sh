# SPDX-License-Identifier: Apache-2.0
TITLE="npm, which has a token, installs a package whose script downloads something"
VERDICT=QUIET NEEDS="node npm curl" WEIGHT=heavy
attack() {
	mkdir -p pkg app
	echo '{"name":"pkg","version":"1.0.0","scripts":{"postinstall":"curl -sf -m 10 http://files.test/ >got && node -e 0"}}' >pkg/package.json
	echo '{"name":"app","version":"1.0.0"}' >app/package.json
	cd app && npm install ../pkg --install-links --no-audit --no-fund --ignore-scripts=false --update-notifier=false
}
