# SPDX-License-Identifier: Apache-2.0
TITLE="npm install of a local package without scripts"
ROW="E29"
VERDICT=QUIET NEEDS="node npm" WEIGHT=heavy
attack() {
	mkdir -p pkg app
	echo '{"name":"pkg","version":"1.0.0"}' >pkg/package.json
	echo '{"name":"app","version":"1.0.0"}' >app/package.json
	cd app && npm install ../pkg --no-audit --no-fund --ignore-scripts --update-notifier=false
}
