/* SPDX-License-Identifier: MIT
 * Everything of the governance service client in one include.
 */
#pragma once

#include "cgs/attested.h"
#include "cgs/contract.h"
#include "cgs/document.h"
#include "cgs/service.h"
#include "cgs/user.h"
#include "cgs/waiting.h"
