/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * The hook bodies both coverages share: what opening, reading, writing and mapping a file means for labels.
 *
 * They return 0, or a negative errno that full coverage hands to the caller of the hook (the operation is refused) and
 * reduced coverage ignores (it cannot refuse; the map-full paths end the process instead). GREW (> 0) means that others may
 * have in their memory what was labelled: hooks call on_read and on_write by way of reads and writes, which spread it.
 */
#include "maker.bpf.h"
#include "memory.bpf.h"
#include "pipes.bpf.h"

/* A watched file with file rules: may this executable read it? First row whose executable hits decides. */
EG_SUB __u32 file_verdict(const struct file_rules *rules, __u64 exe, __u32 *rule)
{
	__u32 i;

	for (i = 0; i < EG_RULES_MAX && i < rules->n; i++) {
		const struct file_rule *r = &rules->rule[i];

		if (r->exe && !(r->exe & exe))
			continue;
		*rule = r->id;
		return r->verdict;
	}
	return FILE_ALLOW;
}

EG_SUB void emit_denied_file(struct scratch *s, struct task_struct *t, const struct cause *why, __u32 rule,
			     __u64 classes)
{
	struct ev_denied *ev = (struct ev_denied *)s->record;
	__u32 len = path_text(s, why->path, NULL);

	if (len > EG_PATH_MAX)
		len = EG_PATH_MAX;
	__builtin_memset(ev, 0, sizeof(*ev));
	head_fill(&ev->head, EV_DENIED, sizeof(*ev) + len, t);
	ev->file = why->file;
	ev->what = DENIED_FILE;
	ev->rule = rule;
	ev->watch = why->watch;
	ev->label = classes;
	ev->path_len = len;
	bpf_probe_read_kernel(s->record + sizeof(*ev), len, s->path);
	stat_inc(ST_DENIED);
	if (bpf_ringbuf_output(&eg_decisions, ev, sizeof(*ev) + len, 0))
		stat_inc(ST_LOST_DECISION);
}

/* verifier: frames of their own for this and the next, not below the look at the executable: 512 bytes for a whole chain
 * of calls. */
EG_SUB bool outside(const struct config *c)
{
	return c->scope == SCOPE_TREE && !proc_current();
}

EG_SUB void deny_file(struct scratch *s, struct file *f, const struct dfa_row *row, __u32 rule)
{
	struct cause why = { .path = BPF_CORE_READ(f, f_path.dentry), .watch = row->watch };

	file_key_fill(&why.file, BPF_CORE_READ(f, f_inode));
	emit_denied_file(s, current_task(), &why, rule, row->classes);
}

EG_SUB int file_rules_check(const struct config *c, struct scratch *s, struct file *f, const struct dfa_row *row)
{
	__u32 index = (row->rules & 1023) + (c->half & 1) * 1024, rule = 0;
	struct file_rules *rules = bpf_map_lookup_elem(&eg_rules, &index);
	struct task_struct *t = current_task();

	if (!rules || outside(c))
		return 0;
	if (file_verdict(rules, exe_bits(c, s, BPF_CORE_READ(t, mm, exe_file)), &rule) != FILE_DENY)
		return 0;
	deny_file(s, f, row, rule);
	return c->mode == MODE_ENFORCE ? -EACCES_ : 0;
}

/* A regular file was opened: is it watched? Marks its inode, so that a read under any other name is seen as well, and
 * checks file rules. *ret_watch: the watch number for the record. */
EG_ONCE int eg_watch_open(__u64 file, __u32 *ret_watch)
{
	struct file *f = (struct file *)file;
	const struct config *c = knobs();
	struct dentry *d = BPF_CORE_READ(f, f_path.dentry);
	const struct dfa_row *row;
	struct scratch *s;
	int r = 0;

	if (!c || !ret_watch)
		return 0;
	s = scratch_get();
	if (!s) {
		stat_inc(ST_LOST_DECISION);
		return 0;
	}
	row = path_match(c, s, d);
	if (row) {
		__u64 classes = row->classes;

		*ret_watch = row->watch;
		if ((row->flags & DFA_RULES) && (BPF_CORE_READ(f, f_mode) & FMODE_READ_) &&
		    !exempt(c, bpf_get_current_pid_tgid() >> 32))
			r = file_rules_check(c, s, f, row);
		scratch_put(s);
		if (classes && label_file(BPF_CORE_READ(f, f_inode), classes, FILE_WATCHED, NULL, *ret_watch) < 0)
			r = -EACCES_;
		return r;
	}
	scratch_put(s);
	return 0;
}

static __always_inline int watch_open(struct file *f, __u32 *ret_watch)
{
	if (any_live() && (BPF_CORE_READ(f, f_mode) & FMODE_WRITE_))
		own_open(BPF_CORE_READ(f, f_inode));
	return eg_watch_open((__u64)f, ret_watch);
}

/* Each of these finds the classes that reading brings, and fills in where from. */
static __always_inline __u64 file_classes(struct file *f, struct inode *inode, struct cause *why)
{
	struct file_label *l;

	file_key_fill(&why->file, inode);
	l = bpf_map_lookup_elem(&eg_files, &why->file);
	if (!l)
		return 0;
	why->path = BPF_CORE_READ(f, f_path.dentry);
	if (!why->source)
		why->source = (l->flags & FILE_WATCHED) ? TAINT_READ : TAINT_DERIVED;
	why->from = l->tgid;
	return l->classes;
}

static __always_inline int read_file(struct file *f, struct inode *inode, __u32 watch, __u32 source)
{
	struct cause why = { .watch = watch, .source = source };
	__u64 classes = file_classes(f, inode, &why);

	return classes ? taint_task(current_task(), classes, &why) : 0;
}

/* A unix socket that nobody has accepted yet has no inode: its label waits under the address of the sock. */
#define UNBORN_DEV (~0u)

EG_SUB void born(struct sock *sk, const struct file_key *key)
{
	struct file_key k = { .ino = (__u64)sk, .dev = UNBORN_DEV };
	struct file_label *l = bpf_map_lookup_elem(&eg_chans, &k), copy;

	if (!l)
		return;
	copy = *l;
	if (bpf_map_update_elem(&eg_chans, key, &copy, BPF_NOEXIST) == 0)
		live_add(1);
	if (bpf_map_delete_elem(&eg_chans, &k) == 0)
		live_add(-1);
}

static __always_inline __u64 chan_classes(struct inode *inode, struct sock *sk, struct cause *why)
{
	struct file_label *l;

	file_key_fill(&why->file, inode);
	if (sk)
		born(sk, &why->file);
	l = bpf_map_lookup_elem(&eg_chans, &why->file);
	if (!l)
		return 0;
	why->source = sk ? TAINT_UNIX : TAINT_PIPE;
	why->from = l->tgid;
	return l->classes;
}

static __always_inline __u64 socket_classes(struct file *f, struct inode *inode, struct cause *why)
{
	struct sock *sk = file_sock(f);
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	struct gate *g;
	__u64 cookie;

	if (family == AF_UNIX)
		return chan_classes(inode, sk, why);
	if (!is_inet(family))
		return 0;
	cookie = sock_cookie(sk);
	g = cookie ? bpf_map_lookup_elem(&eg_gates, &cookie) : NULL;
	if (!g)
		return 0;
	why->source = TAINT_LOOPBACK;
	why->from = g->in_from;
	return g->in_label;
}

/* The current process reads, or has just read, from f. */
EG_ONCE int eg_on_read(__u64 file)
{
	struct file *f = (struct file *)file;
	struct inode *inode = BPF_CORE_READ(f, f_inode);
	struct cause why = {};
	__u64 classes = 0;

	switch (inode_type(inode)) {
	case S_IFREG_:
		if (is_proc_memory(f, inode))
			classes = memory_classes(proc_owner(f), &why);
		else
			classes = file_classes(f, inode, &why);
		break;
	case S_IFIFO_:
		classes = chan_classes(inode, NULL, &why);
		break;
	case S_IFSOCK_:
		classes = socket_classes(f, inode, &why);
		break;
	} /* terminals, /dev/null, directories: carry nothing */
	return classes ? taint_task(current_task(), classes, &why) : 0;
}

static __always_inline int on_read(struct file *f)
{
	return eg_on_read((__u64)f);
}

/* What hooks call: 0, or a negative errno. */
static __always_inline int reads(struct file *f)
{
	return spread_if(on_read(f), current_task());
}

static __always_inline int label_unborn(struct sock *peer, __u64 label)
{
	struct file_key k = { .ino = (__u64)peer, .dev = UNBORN_DEV };

	if (chan_object(&k, label, bpf_get_current_pid_tgid() >> 32) != ~0ull)
		return 0;
	full(ST_FULL_CHAN);
	return -1;
}

static __always_inline int write_socket(struct file *f, __u64 label)
{
	struct sock *sk = file_sock(f), *peer;
	struct socket *sock;
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (is_inet(family)) {
		if (gate_sock(sk, label, bpf_get_current_pid_tgid() >> 32, 0) == 0)
			return 0;
		full(ST_FULL_GATE);
		return -EACCES_;
	}
	if (family != AF_UNIX || keeps_quiet(NULL, label, false))
		return 0;
	peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
	if (!peer)
		return 0;
	sock = BPF_CORE_READ(peer, sk_socket);
	if (!sock)
		return label_unborn(peer, label) ? -EACCES_ : 0;
	return label_chan(&((struct socket_alloc *)sock)->vfs_inode, label) ? -EACCES_ : 0;
}

static __always_inline int write_pipe(struct inode *inode, __u64 label)
{
	struct file_key k = {};

	if (label_chan(inode, label))
		return -EACCES_;
	file_key_fill(&k, inode);
	if (label_joined(&k, label) == 0)
		return 0;
	full(ST_FULL_CHAN);
	return -EACCES_;
}

/* A process that carries `label` is about to write to f. */
EG_ONCE int eg_on_write(__u64 file, __u64 label)
{
	struct file *f = (struct file *)file;
	struct inode *inode = BPF_CORE_READ(f, f_inode);

	switch (inode_type(inode)) {
	case S_IFREG_:
		if (is_proc_memory(f, inode))
			return GREW; /* the owner gets it by way of writes() */
		if (is_kernel_fs(inode) || keeps_quiet(inode, label, true))
			return 0;
		return label_file(inode, label, FILE_DERIVED, BPF_CORE_READ(f, f_path.dentry), 0);
	case S_IFIFO_:
		return keeps_quiet(inode, label, false) ? 0 : write_pipe(inode, label);
	case S_IFSOCK_:
		return write_socket(f, label);
	}
	return 0;
}

static __always_inline int on_write(struct file *f, __u64 label)
{
	return eg_on_write((__u64)f, label);
}

static __always_inline int writes(struct file *f, __u64 label)
{
	int r = on_write(f, label);

	if (r > 0)
		r = eg_spread_file((__u64)f);
	return r < 0 ? -EACCES_ : 0;
}

/* The label of the current process, 0 for almost everybody. */
static __always_inline __u64 current_label(void)
{
	struct proc *p = any_live() ? proc_current() : NULL;

	return p ? p->label : 0;
}
