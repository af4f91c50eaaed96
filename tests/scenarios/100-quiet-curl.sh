# SPDX-License-Identifier: Apache-2.0
TITLE="curl and wget, untainted"
ROW="E29"
VERDICT=QUIET
attack() { curl -sf -m 10 http://files.test/ && wget -q -T 10 -O page http://files.test/; }
