/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The door of event/: what the kernel half reported (decode.h) and what happened, as every view shows it (record.h).
 */
#include "decode.h"
#include "record.h"
