# SPDX-License-Identifier: Apache-2.0
TITLE="data held on an older connection, allowed after two seconds, goes on at once"
ROW="N02"
FORM=hold
attack() { "$PROVOKE/late" write "$HOME/.aws/credentials" "$SINK4" 9000; sleep 3; }
