/* SPDX-License-Identifier: Apache-2.0 */
/* What a record is to a receiver. Types are kntrl's; an alert is one of ours. */
#include "../report/report.h"
#include "ship.h"

struct event_row {
	enum report_type type;
	enum report_outcome outcome;
	const char *name;
	unsigned events; /* hooks that want any of these get it */
};

/* What enforce mode would have stopped has passed, and says so; but who asks for blocks wants to hear of it. */
static const struct event_row rows[] = {
	{ REPORT_NETWORK, OUTCOME_PASS, "pass", CI_PASS },
	{ REPORT_NETWORK, OUTCOME_WOULD, "pass", CI_PASS | CI_BLOCK },
	{ REPORT_NETWORK, OUTCOME_BLOCK, "block", CI_BLOCK },
	{ REPORT_DNS, OUTCOME_WOULD, "pass", CI_PASS | CI_BLOCK },
	{ REPORT_DNS, OUTCOME_BLOCK, "block", CI_BLOCK },
	{ REPORT_PROCESS, OUTCOME_BLOCK, "process_block", CI_PROCESS_BLOCK },
	{ REPORT_FILE, OUTCOME_FLAG, "file_flag", CI_FILE_FLAG },
	{ REPORT_FILE, OUTCOME_WOULD, "file_flag", CI_FILE_FLAG | CI_FILE_BLOCK },
	{ REPORT_FILE, OUTCOME_BLOCK, "file_block", CI_FILE_BLOCK },
	{ REPORT_OTHER, OUTCOME_FLAG, "alert", CI_BLOCK },
	{ REPORT_OTHER, OUTCOME_BLOCK, "alert", CI_BLOCK },
};

static const struct event_row *row_of(const struct record *r)
{
	enum report_type type = report_type_of(r);
	enum report_outcome outcome = report_outcome_of(r);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].type == type && rows[i].outcome == outcome)
			return &rows[i];
	return NULL;
}

unsigned ship_events(const struct record *r)
{
	const struct event_row *row = row_of(r);

	return row ? row->events : 0;
}

void ship_payload(const struct record *r, struct buf *out)
{
	const struct event_row *row = row_of(r);
	_cleanup_buf_ struct buf line = { 0 };
	struct json j;
	char time[32];

	report_line(r, r->count ? r->count : 1, r->time_ms, &line, NULL);
	json_init(&j, out);
	json_obj(&j);
	json_kstr(&j, "type", row ? row->name : report_type_name(r));
	json_kstr(&j, "timestamp", record_time_text(r->time_ms, time));
	json_key(&j, "data");
	json_raw(&j, buf_str(&line));
	json_end(&j);
	if (buf_error(&line))
		out->error = buf_error(&line);
}
