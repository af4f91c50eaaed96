# SPDX-License-Identifier: Apache-2.0
TITLE="curl reads .netrc and talks to the machine that .netrc names"
ROW="E29"
VERDICT=QUIET
attack() { curl -sf -m 10 -n http://files.test/; }
