/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * The policy on processes that carry nothing, decided before the first packet leaves.
 *
 * Who acts is looked up in eg_subjects (written by the guard when it has seen the exec), where to in eg_sets (ranges of
 * the policy and addresses that DNS gave for its hosts). Both known: passed or refused here and now. Otherwise the guard is
 * asked (EV_WANT, behind all records it depends on in the same ring) and its word waited for, shortly; without it the call
 * goes on and its packet is held as ever.
 * Stance: every doubt asks; what the guard does not answer is held, never passed.
 */
#include "label.bpf.h"

static __always_inline bool policy_for(const struct config *c, const struct proc *p)
{
	return c->gate_all && (c->scope == SCOPE_MACHINE || (p && (p->flags & PROC_SCOPE)));
}

static __always_inline bool is_loopback(const __u8 *a)
{
	const __u64 *w = (const __u64 *)a;

	if (w[0])
		return false;
	if (w[1] == 0 || w[1] == bpf_cpu_to_be64(1)) /* "any" means this machine (Linux) */
		return true;
	return a[10] == 0xff && a[11] == 0xff && (a[12] == 127 || !(a[12] | a[13] | a[14] | a[15]));
}

static __always_inline bool is_dns_port(const struct flow_key *k)
{
	return k->port == 53 && (k->proto == 6 || k->proto == 17);
}

/* State of the current image; NULL if it is not known. */
static __always_inline struct subject_state *subject_current(const struct config *c, __u32 tgid)
{
	struct subject_state *s = bpf_map_lookup_elem(&eg_subjects, &tgid);
	struct task_struct *t = current_task();

	if (!s || s->epoch != c->epoch || s->start_ns != task_start(t) || s->exec_id != task_exec_id(t))
		return NULL;
	return s;
}

/* A child is what its parent was, until it execs. */
static __always_inline void subject_fork(struct task_struct *parent, struct task_struct *child)
{
	__u32 from = task_tgid(parent), to = task_tgid(child);
	struct subject_state *s = bpf_map_lookup_elem(&eg_subjects, &from), mine;

	if (!s || !(s->flags & SUBJECT_FORKS) || s->start_ns != task_start(parent) || s->exec_id != task_exec_id(parent))
		return;
	mine = *s;
	mine.start_ns = task_start(child);
	bpf_map_update_elem(&eg_subjects, &to, &mine, BPF_ANY);
}

/* VERDICT_ALLOW, VERDICT_NONE (not in the set) or VERDICT_HOLD (not clear). */
static __always_inline __u32 set_lookup(__u32 set, const struct flow_key *k)
{
	struct set_key key = { .prefix = 160, .set = set };
	struct set_entry *e;

	__builtin_memcpy(key.addr, k->addr, 16);
	e = bpf_map_lookup_elem(&eg_sets, &key);
	if (!e)
		return VERDICT_NONE;
	if ((e->flags & SET_ASK) || (e->until_ns && bpf_ktime_get_boot_ns() >= e->until_ns))
		return VERDICT_HOLD;
	return VERDICT_ALLOW;
}

/* An answer that the guard has not read yet may give this address a name: one that is allowed, or one that is not. */
static __always_inline bool names_pending(void)
{
	struct live *l = live();

	return !l || l->dns_seen != l->dns_done;
}

/* VERDICT_ALLOW, VERDICT_DENY or VERDICT_HOLD: the guard must say. */
static __always_inline __u32 subject_verdict(const struct config *c, const struct flow_key *k, __u32 tgid)
{
	struct subject_state *s = subject_current(c, tgid);
	__u32 v;

	if (!s || (s->flags & SUBJECT_ASK))
		return VERDICT_HOLD;
	if (s->flags & SUBJECT_DENY)
		return VERDICT_DENY;
	if (names_pending())
		return VERDICT_HOLD;
	if (is_dns_port(k)) {
		v = set_lookup(EG_SETS_MAX * (s->set / EG_SETS_MAX) + EG_SET_RESOLVERS, k);
		return v == VERDICT_ALLOW ? v : VERDICT_HOLD;
	}
	if (s->flags & SUBJECT_NO_LIST)
		return VERDICT_DENY;
	v = set_lookup(s->set, k);
	if (v != VERDICT_NONE)
		return v;
	return s->flags & SUBJECT_CLOSED ? VERDICT_DENY : VERDICT_HOLD;
}

static __always_inline bool emit_want(const struct flow_key *k, __u64 netns, __u32 what)
{
	struct ev_want *ev = bpf_ringbuf_reserve(&eg_decisions, sizeof(*ev), 0);
	struct task_struct *t = current_task();

	if (!ev) {
		stat_inc(ST_LOST_DECISION);
		return false;
	}
	head_fill(&ev->head, EV_WANT, sizeof(*ev), t);
	ev->flow = *k;
	ev->netns = netns;
	ev->what = what;
	ev->exec_id = task_exec_id(t);
	bpf_ringbuf_submit(ev, BPF_RB_FORCE_WAKEUP);
	return true;
}

struct wait {
	struct flow_key key;
	__u64 until;
	__u32 epoch;
	__u32 verdict;
};

static long wait_step(__u32 i, void *ctx)
{
	struct wait *w = ctx;
	struct flow_verdict *v = bpf_map_lookup_elem(&eg_verdicts, &w->key);

	if (v && v->epoch == w->epoch && v->verdict != VERDICT_HOLD) {
		w->verdict = v->verdict;
		return 1;
	}
	return bpf_ktime_get_ns() > w->until;
}

/*
 * This program type cannot sleep, so the word is waited for with the processor in hand. It comes within some 50 us if the
 * guard runs elsewhere, hence never on all processors at once. A wait that ends without it costs nothing but its time.
 */
static __always_inline __u32 wait_for_word(const struct config *c, const struct flow_key *k)
{
	struct wait w = { .key = *k, .epoch = c->epoch };
	struct live *l = live();

	if (!l || !c->wait_ns)
		return VERDICT_HOLD;
	if (__sync_fetch_and_add(&l->waiters, 1) < c->waiters_max) {
		w.until = bpf_ktime_get_ns() + c->wait_ns;
		bpf_loop(1 << 20, wait_step, &w, 0);
	}
	__sync_fetch_and_add(&l->waiters, -1);
	stat_inc(w.verdict ? ST_ANSWERED : ST_UNANSWERED);
	return w.verdict ? w.verdict : VERDICT_HOLD;
}

/* Exactly this socket to this destination was decided already (datagrams, one after the other). */
static __always_inline __u32 decided_before(const struct config *c, const struct flow_key *k)
{
	struct flow_verdict *v = bpf_map_lookup_elem(&eg_verdicts, k);

	if (!v || v->epoch != c->epoch || (v->until_ns && bpf_ktime_get_boot_ns() >= v->until_ns))
		return VERDICT_NONE;
	return v->verdict == VERDICT_ALLOW || v->verdict == VERDICT_DENY ? v->verdict : VERDICT_NONE;
}

static __always_inline void verdict_put(const struct config *c, const struct flow_key *k, __u32 verdict)
{
	struct flow_verdict v = { .epoch = c->epoch, .verdict = verdict };

	bpf_map_update_elem(&eg_verdicts, k, &v, BPF_ANY);
}
