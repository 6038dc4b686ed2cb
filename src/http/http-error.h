/* SPDX-License-Identifier: MIT
 * One place that turns any refusal into an error a person can act on.
 *
 * Understands the bodies of CCF and CGS ({"error":{code,message,details}}), the analytics agent (the same,
 * {"detail": text or list}, {"message","errors"}, plain text, a JSON string), Azure Resource Manager
 * ({"error":{code,message,details,innererror}}), OAuth ({"error","error_description"}), Azure Storage (XML
 * <Error><Code><Message>, header x-ms-error-code), Kubernetes Status objects, HTML and nothing at all.
 * The known codes and what to do about each are one table of records.
 */
#pragma once

#include "base/error.h"
#include "http/http.h"

G_BEGIN_DECLS

typedef struct {
  const char *code; /* remote code, matched exactly */
  CrErrorCode error;
  const char *hint; /* what to do next; English, translated when set */
} HttpErrorRecord;

/* The record of CODE, NULL when unknown. */
const HttpErrorRecord *http_error_record (const char *code);
/* The whole table for tests and help; ends with a NULL code. */
const HttpErrorRecord *http_error_records (void);

/* Set ERROR from RESPONSE (any status outside 2xx). WHAT says what was tried, "GET https://..." when NULL.
 * The remote code, message (made safe for a terminal) and correlation id are kept. */
void http_error_set (GError **error, const char *what, const HttpResponse *response);

/* The parts only. Each may come back NULL. Gives both texts. */
void http_error_parse (const HttpResponse *response, char **code, char **message);

G_END_DECLS
