/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Messages to the operator, on stderr (journald adds the rest; "<N>" prefixes where it reads).
 * Only the speaking layers (daemon, cli, act) log; everything below returns -errno. An error is logged once.
 */
#include <stdarg.h>
#include "cleanup.h"

enum log_level { LOG_LVL_ERROR = 3, LOG_LVL_WARN = 4, LOG_LVL_NOTICE = 5, LOG_LVL_INFO = 6, LOG_LVL_DEBUG = 7 };

void log_set_level(enum log_level max);
enum log_level log_get_level(void);
void log_msg(enum log_level level, const char *fmt, ...) _printf_(2, 3);
/* Logs "text: strerror(-r)" and returns r (a negative errno, taken before anything can change errno). */
int log_errno(int r, const char *fmt, ...) _printf_(2, 3);

#define log_error(...) log_msg(LOG_LVL_ERROR, __VA_ARGS__)
#define log_warn(...) log_msg(LOG_LVL_WARN, __VA_ARGS__)
#define log_notice(...) log_msg(LOG_LVL_NOTICE, __VA_ARGS__)
#define log_info(...) log_msg(LOG_LVL_INFO, __VA_ARGS__)
#define log_debug(...) log_msg(LOG_LVL_DEBUG, __VA_ARGS__)
