# SPDX-License-Identifier: Apache-2.0
TITLE="find, ls and stat over a home full of secrets, then curl by the same shell"
VERDICT=QUIET
attack() {
	find "$HOME" -type f; ls -lR "$HOME"; stat "$HOME/.aws/credentials"
	test -r "$HOME/.ssh/id_ed25519" && [ -s "$HOME/.npmrc" ] && curl -sf -m 10 "$URL/"
}
