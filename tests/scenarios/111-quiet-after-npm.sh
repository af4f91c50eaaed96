# SPDX-License-Identifier: Apache-2.0
TITLE="what npm has installed is run afterwards and talks to the network"
VERDICT=QUIET NEEDS="node npm" WEIGHT=heavy
attack() {
	mkdir -p pkg app
	echo '{"name":"pkg","version":"1.0.0"}' >pkg/package.json
	echo "require('http').get({ host: 'files.test', family: 4 }, r => r.resume())" >pkg/index.js
	echo '{"name":"app","version":"1.0.0"}' >app/package.json
	(cd app && npm install ../pkg --install-links --no-audit --no-fund --ignore-scripts --update-notifier=false) &&
		node app/node_modules/pkg/index.js
}
