# SPDX-License-Identifier: Apache-2.0
TITLE="while the daemon runs, a clean process works although another is tainted"
VERDICT=QUIET FORM=daemon
attack() { cat "$HOME/.aws/credentials" >/dev/null; curl -sf -m 10 "$URL/"; }
