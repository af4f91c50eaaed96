/* SPDX-License-Identifier: Apache-2.0 */
#include "progs.h"

const struct prog_row prog_rows[] = {
	/* name, coverage, attach, required, target, group, flow */
	{ "eg_fork", IN_BOTH, ATTACH_AUTO, true, NULL, NULL, "labels inherited by child processes" },
	{ "eg_exec", IN_BOTH, ATTACH_AUTO, true, NULL, NULL, "programs started" },
	{ "eg_exit", IN_BOTH, ATTACH_AUTO, true, NULL, NULL, "processes ended" },
	{ "eg_egress", IN_BOTH, ATTACH_CGROUP, true, NULL, NULL, "packets of gated sockets (TCP, UDP, ICMP, raw IP)" },
	{ "eg_ingress", IN_BOTH, ATTACH_CGROUP, true, NULL, NULL, "loopback labels and DNS answers" },
	{ "eg_sock_create", IN_BOTH, ATTACH_CGROUP, true, NULL, NULL, "sockets made by tainted processes" },
	{ "eg_sock_release", IN_BOTH, ATTACH_CGROUP, true, NULL, NULL, "datagram sockets closed" },
	{ "eg_tcp_destroy", IN_BOTH, ATTACH_AUTO, false, NULL, NULL, "TCP sockets closed (frees gates)" },
	{ "eg_sockops", IN_BOTH, ATTACH_CGROUP, true, NULL, NULL, "accepted connections" },
	{ "eg_connect4", IN_BOTH, ATTACH_CGROUP, true, NULL, NULL, "IPv4 connects denied in advance" },
	{ "eg_connect6", IN_BOTH, ATTACH_CGROUP, true, NULL, NULL, "IPv6 connects denied in advance" },
	{ "eg_sendmsg4", IN_BOTH, ATTACH_CGROUP, true, NULL, NULL, "IPv4 datagrams denied in advance" },
	{ "eg_sendmsg6", IN_BOTH, ATTACH_CGROUP, true, NULL, NULL, "IPv6 datagrams denied in advance" },
	{ "eg_setsockopt", IN_BOTH, ATTACH_CGROUP, false, NULL, NULL, "datagrams held without an error for their sender" },
	{ "eg_recvmsg4", IN_BOTH, ATTACH_CGROUP, false, NULL, NULL, "IPv4 answers of the guard's resolver by their server's address" },
	{ "eg_recvmsg6", IN_BOTH, ATTACH_CGROUP, false, NULL, NULL, "IPv6 answers of the guard's resolver by their server's address" },
	{ "eg_getpeername4", IN_BOTH, ATTACH_CGROUP, false, NULL, NULL, "IPv4 name server shown as the peer" },
	{ "eg_getpeername6", IN_BOTH, ATTACH_CGROUP, false, NULL, NULL, "IPv6 name server shown as the peer" },
	{ "eg_adopt_files", IN_BOTH, ATTACH_ITER, false, NULL, NULL, "files and sockets already open at start" },
	{ "eg_adopt_maps", IN_BOTH, ATTACH_ITER, false, NULL, NULL, "files already mapped at start" },
	{ "eg_adopt_tasks", IN_BOTH, ATTACH_ITER, false, NULL, NULL, "programs already running at start" },
	{ "eg_sweep", IN_BOTH, ATTACH_ITER, false, NULL, NULL, "memory shared with a labelled process, looked at twice" },
	{ "eg_census_tasks", IN_BOTH, ATTACH_ITER, false, NULL, NULL, "which image each process runs at start" },
	{ "eg_census_sockets", IN_BOTH, ATTACH_ITER, false, NULL, NULL, "connections there are at start" },

	{ "eg_sys_enter", IN_REDUCED, ATTACH_AUTO, true, NULL, NULL, "writes, by system call" },
	{ "eg_sys_exit", IN_REDUCED, ATTACH_AUTO, true, NULL, NULL, "opens and reads, by system call" },

	{ "eg_file_open", IN_FULL, ATTACH_AUTO, true, "security_file_open", NULL, "opens, file deny rules" },
	{ "eg_file_permission", IN_FULL, ATTACH_AUTO, true, "security_file_permission", NULL,
	  "reads and writes of any kind (AIO, io_uring, splice sources, passed descriptors)" },
	{ "eg_mmap_file", IN_FULL, ATTACH_AUTO, true, "security_mmap_file", NULL, "mapped files" },
	{ "eg_sendmsg", IN_FULL, ATTACH_AUTO, true, "security_socket_sendmsg", NULL, "sends of any kind" },
	{ "eg_recvmsg", IN_FULL, ATTACH_AUTO, true, "sock_recvmsg", NULL, "receives, also by readers that were blocked" },
	{ "eg_pipe_read", IN_FULL, ATTACH_AUTO, false, "pipe_read", "pipe", "pipe reads of blocked readers" },
	{ "eg_anon_pipe_read", IN_FULL, ATTACH_AUTO, false, "anon_pipe_read", "pipe", "pipe reads of blocked readers" },
	{ "eg_fifo_pipe_read", IN_FULL, ATTACH_AUTO, false, "fifo_pipe_read", "fifo", "FIFO reads of blocked readers" },
	{ "eg_rename", IN_FULL, ATTACH_AUTO, false, "security_inode_rename", NULL, "renames of secrets" },
	{ "eg_link", IN_FULL, ATTACH_AUTO, false, "security_inode_link", NULL, "hard links to secrets" },
	{ "eg_renamed", IN_FULL, ATTACH_AUTO, false, "vfs_rename", NULL, "directories moved during a look-up" },
	{ "eg_ptrace_access", IN_FULL, ATTACH_AUTO, false, "security_ptrace_access_check", NULL,
	  "memory of another process (process_vm_readv, /proc/PID/mem, attaching)" },
	{ "eg_arch_ptrace", IN_FULL, ATTACH_AUTO, false, "arch_ptrace", NULL, "ptrace of a process labelled after it was attached to" },
	{ "eg_compat_ptrace", IN_FULL, ATTACH_AUTO, false, "compat_arch_ptrace", NULL, "the same by 32-bit debuggers" },
	{ "eg_dump_emit", IN_FULL, ATTACH_AUTO, false, "dump_emit", NULL, "core dumps of labelled processes" },
	{ "eg_mprotect", IN_FULL, ATTACH_AUTO, false, "security_file_mprotect", NULL, "shared mappings made writable" },
	{ "eg_inode_free", IN_FULL, ATTACH_AUTO, false, "security_inode_free", NULL, "labels of deleted files freed" },
};
const size_t n_prog_rows = ARRAY_SIZE(prog_rows);

const char *const flows_beyond_reduced[] = {
	"io_uring reads, writes and sends (no system call per operation)",
	"hard link or rename of a secret that only a ** pattern matches and that nobody has opened yet",
	"refusing at the hook: file deny rules go through fanotify, a full map ends the process",
	"tee, vmsplice and splice between two pipes",
	NULL,
};
