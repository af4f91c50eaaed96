/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The door of base/: words C lacks. No domain nouns; includes nothing of the project. */
#include "buf.h"
#include "cleanup.h"
#include "json.h"
#include "log.h"
#include "ownfile.h"
#include "problem.h"
#include "str.h"
