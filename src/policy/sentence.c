/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/*
 * The sentence under a decision: who, carrying what, to where; why. Every part comes from outside and is escaped and
 * clipped by itself, so a long script name cannot push the reason out of sight.
 */

/* Together with the fixed words these stay below sizeof(decision.sentence): the reason at the end is never cut. */
#define WHO_MAX 28
#define LABEL_TEXT_MAX 30
#define DEST_TEXT_MAX 56

/* A buffer over the caller's array. Its maximum is one below its capacity, so an append that does not fit is refused
 * before it would grow: no allocation (P3). Never buf_done it. */
static struct buf over(char *array, size_t size)
{
	array[0] = 0;
	return (struct buf){ .data = array, .cap = size, .max = size - 1 };
}

/* Escapes s into dst, clipped at a character with "..." . */
static void clip(char *dst, size_t size, const char *s)
{
	struct buf b = over(dst, size - 3);

	str_escape(&b, s, strlen(s));
	if (b.error)
		memcpy(dst + b.len, "...", 4);
}

static const char *basename_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void add_who(struct buf *out, const struct subject *who)
{
	char name[WHO_MAX], script[WHO_MAX];

	if (!who->exe && !who->comm) {
		buf_addf(out, "process %d", (int)who->pid);
		return;
	}
	clip(name, sizeof(name), who->exe ? basename_of(who->exe) : who->comm);
	buf_adds(out, name);
	if (!who->script)
		return;
	clip(script, sizeof(script), basename_of(who->script));
	buf_addf(out, " (script %s)", script);
}

static void add_load(struct buf *out, const struct policy *p, uint64_t label, const char *does)
{
	char text[256], shown[LABEL_TEXT_MAX];

	if (!label) {
		buf_addf(out, " carries no secret and %s ", does);
		return;
	}
	clip(shown, sizeof(shown), policy_label_text(p, label, text, sizeof(text)));
	buf_addf(out, " carries %s and %s ", shown, does);
}

static void add_addr(struct buf *out, const struct dest *to)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN] = "";
	bool v4 = memcmp(to->addr, mapped, sizeof(mapped)) == 0;

	(void)inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? to->addr + 12 : to->addr, text, sizeof(text));
	buf_addf(out, !v4 && to->port ? "[%s]" : "%s", text);
}

/* The end of a host name says whose it is ("known.test.aaaa.evil.test"): a long one loses its head. */
static void add_tail(struct buf *out, const char *name)
{
	char shown[DEST_TEXT_MAX];
	size_t len = strlen(name), room = sizeof(shown) - 8;

	clip(shown, sizeof(shown), len > room ? name + len - room : name);
	buf_addf(out, "%s%s", len > room ? "..." : "", shown);
}

static void add_dest(struct buf *out, const struct dest *to)
{
	if (to->name) {
		add_tail(out, to->name);
	} else {
		add_addr(out, to);
	}
	if (to->port && !to->question)
		buf_addf(out, ":%u", to->port);
	/* A name that the other end or the program itself chose proves nothing; the reader must see that. */
	if (to->name && (to->source == NAME_PTR || to->source == NAME_SNI))
		buf_addf(out, " (by %s)", name_source_text(to->source));
}

static void add_reason(struct buf *out, enum verdict said, const struct decision *d)
{
	static const char *const does[_V_MAX] = { "skips", "allows", "denies", "asks about" };
	char id[24];

	if (d->rule) {
		clip(id, sizeof(id), d->rule->id ? d->rule->id : "?");
		buf_addf(out, "; rule %s %s it", id, does[said]);
	} else {
		buf_addf(out, "; %s", reason_text(d->reason));
	}
	if (d->would_hold)
		buf_adds(out, " (monitor)");
}

void sentence_write(const struct policy *p, const struct query *q, struct decision *d)
{
	struct buf out = over(d->sentence, sizeof(d->sentence));

	add_who(&out, q->who);
	add_load(&out, p, q->label, q->to->question ? "looks up" : "wants");
	add_dest(&out, q->to);
	add_reason(&out, d->rule ? d->rule->decision : d->verdict, d);
}

void sentence_start(const struct subject *who, struct decision *d)
{
	struct buf out = over(d->sentence, sizeof(d->sentence));
	char name[DEST_TEXT_MAX];

	add_who(&out, who);
	buf_adds(&out, " starts");
	if (d->reason == BECAUSE_UNTAINTED) /* nothing speaks against it */
		return;
	buf_addf(&out, "; %s", reason_text(d->reason));
	if (d->entry) {
		clip(name, sizeof(name), d->entry);
		buf_addf(&out, " (%s: %s)", d->key, name);
	}
	if (d->would_hold)
		buf_adds(&out, " (monitor)");
}
