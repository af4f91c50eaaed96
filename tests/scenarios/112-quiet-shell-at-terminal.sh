# SPDX-License-Identifier: Apache-2.0
TITLE="a shell at a terminal, which has read its history, starts curl"
VERDICT=QUIET NEEDS="script curl"
attack() {
	printf '%s\n' 'curl -sf -m 10 http://files.test/ >got; echo "status $?"; exit' |
		script -qec "bash -i" /dev/null | grep -q "status 0"
}
