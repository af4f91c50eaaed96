/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Full coverage: the security hooks (fmod_ret on security_*, same arguments as LSM hooks, may refuse; they fire whether
 * or not `bpf` is in lsm=) and function exits for what has no hook.
 *
 * security_file_open        watched? mark the inode; file deny rules answer EACCES
 * security_file_permission  the universal read and write point: read, pread, AIO, io_uring, sendfile, splice source ...
 * security_mmap_file        the other way to read or write
 * security_socket_sendmsg   sends that never pass file_permission (send, sendto, io_uring)
 * fexit sock_recvmsg, *pipe_read  after the data arrived: a reader that blocked before the writer was tainted
 * security_inode_rename/link  a watched file under a new name; directory moves forget the directory cache
 * fentry security_inode_free  a deleted file or a closed pipe frees its label
 * Stance: refuse (EACCES) when a label cannot be recorded; allow and count when no scratch is free.
 */
#include "flow.bpf.h"

#define MAY_WRITE_ 2
#define MAY_READ_ 4
#define MAP_SHARED_ 1
#define PROT_WRITE_ 2

SEC("fmod_ret/security_file_open")
int BPF_PROG(eg_file_open, struct file *file, int ret)
{
	struct file *f = (void *)EG_PROBE(ctx);
	struct inode *inode = BPF_CORE_READ(f, f_inode);
	__u32 watch = 0;

	if (ret || inode_type(inode) != S_IFREG_)
		return ret;
	stat_inc(ST_OPENS);
	return watch_open(f, &watch);
}

SEC("fmod_ret/security_file_permission")
int BPF_PROG(eg_file_permission, struct file *file, int mask, int ret)
{
	struct file *f;
	__u64 label;

	if (ret || !any_live())
		return ret;
	f = (void *)EG_PROBE(ctx);
	if (mask & MAY_READ_)
		ret = reads(f);
	if (ret || !(mask & MAY_WRITE_))
		return ret;
	label = current_label();
	return label ? writes(f, label) : 0;
}

SEC("fmod_ret/security_mmap_file")
int BPF_PROG(eg_mmap_file, struct file *file, unsigned long prot, unsigned long flags, int ret)
{
	struct file *f;
	__u64 label;

	if (ret || !file || !any_live())
		return ret;
	f = (void *)EG_PROBE(ctx);
	ret = reads(f);
	if (ret || !(flags & MAP_SHARED_) || !(prot & PROT_WRITE_))
		return ret;
	label = current_label();
	return label ? writes(f, label) : 0;
}

SEC("fmod_ret/security_socket_sendmsg")
int BPF_PROG(eg_sendmsg, struct socket *sock, struct msghdr *msg, int size, int ret)
{
	struct file *f;
	__u64 label;

	if (ret || !any_live())
		return ret;
	label = current_label();
	f = label ? BPF_CORE_READ(sock, file) : NULL;
	return f ? writes(f, label) : 0;
}

SEC("fexit/sock_recvmsg")
int BPF_PROG(eg_recvmsg, struct socket *sock, struct msghdr *msg, int flags, int ret)
{
	struct file *f;

	if (ret <= 0 || !any_live())
		return 0;
	f = BPF_CORE_READ(sock, file);
	if (f)
		reads(f);
	return 0;
}

static __always_inline int pipe_was_read(struct kiocb *iocb, long ret)
{
	if (ret > 0 && any_live())
		reads(BPF_CORE_READ(iocb, ki_filp));
	return 0;
}

/* pipe_read until 6.14, then anon_pipe_read and fifo_pipe_read (kernel commit f6f2d7f): attached where they exist. */
SEC("fexit/pipe_read")
int BPF_PROG(eg_pipe_read, struct kiocb *iocb, struct iov_iter *to, long ret)
{
	return pipe_was_read(iocb, ret);
}

SEC("fexit/anon_pipe_read")
int BPF_PROG(eg_anon_pipe_read, struct kiocb *iocb, struct iov_iter *to, long ret)
{
	return pipe_was_read(iocb, ret);
}

SEC("fexit/fifo_pipe_read")
int BPF_PROG(eg_fifo_pipe_read, struct kiocb *iocb, struct iov_iter *to, long ret)
{
	return pipe_was_read(iocb, ret);
}

/* A name of a watched file is given away: mark the inode now, under its old name. */
EG_SUB int mark_dentry(struct dentry *d)
{
	const struct config *c = knobs();
	struct inode *inode = BPF_CORE_READ(d, d_inode);
	const struct dfa_row *row;
	struct scratch *s;
	__u64 classes = 0;
	__u32 watch = 0;

	if (!c || inode_type(inode) != S_IFREG_)
		return 0;
	s = scratch_get();
	if (!s) {
		stat_inc(ST_LOST_DECISION);
		return 0;
	}
	row = path_match(c, s, d);
	if (row) {
		classes = row->classes;
		watch = row->watch;
	}
	scratch_put(s);
	return classes && label_file(inode, classes, FILE_WATCHED, NULL, watch) < 0 ? -EACCES_ : 0;
}

SEC("fmod_ret/security_inode_rename")
int BPF_PROG(eg_rename, struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new,
	     unsigned int flags, int ret)
{
	struct live *l;

	if (ret)
		return ret;
	if (inode_type(BPF_CORE_READ(old, d_inode)) == S_IFDIR_) {
		l = live();
		if (l)
			__sync_fetch_and_add(&l->dir_gen, 1);
		return 0;
	}
	return mark_dentry(old);
}

SEC("fmod_ret/security_inode_link")
int BPF_PROG(eg_link, struct dentry *old, struct inode *dir, struct dentry *new, int ret)
{
	return ret ? ret : mark_dentry(old);
}

SEC("fentry/security_inode_free")
int BPF_PROG(eg_inode_free, struct inode *inode)
{
	struct file_key k = {};
	__u32 type;

	if (!any_live())
		return 0;
	type = inode_type(inode);
	file_key_fill(&k, inode);
	if (type == S_IFIFO_ || type == S_IFSOCK_) {
		if (bpf_map_delete_elem(&eg_chans, &k) == 0)
			live_add(-1);
	} else if (type == S_IFREG_ && BPF_CORE_READ(inode, i_nlink) == 0) {
		if (bpf_map_delete_elem(&eg_files, &k) == 0)
			live_add(-1);
	}
	return 0;
}

/* The move has happened: forget directory states that were cached between the hook above and now. */
SEC("fexit/vfs_rename")
int BPF_PROG(eg_renamed, struct renamedata *rd, int ret)
{
	struct live *l;

	if (ret || inode_type(BPF_CORE_READ(rd, old_dentry, d_inode)) != S_IFDIR_)
		return 0;
	l = live();
	if (l)
		__sync_fetch_and_add(&l->dir_gen, 1);
	return 0;
}
