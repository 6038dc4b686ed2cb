/* SPDX-License-Identifier: MIT
 * Calls of the governance application that all its parts share (cgs-private.h).
 */
#include "cgs/cgs-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "http/http-error.h"

#include <glib/gi18n-lib.h>
#include <stdarg.h>
#include <string.h>

#define HISTORY_ATTEMPTS 60u
#define HISTORY_PAGES 10000u

char *
cgs_path (GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *path = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  /* An id may hold no slash, so an id that breaks out would add or remove segments: count them. */
  guint wanted = 0, found = 0;
  for (const char *c = format; *c != '\0'; c++)
    wanted += *c == '/';
  gboolean valid = TRUE;
  gsize length = strcspn (path, "?");
  for (gsize i = 0; i < length; i++) {
    found += path[i] == '/';
    valid = valid && (g_ascii_isalnum (path[i]) || strchr ("/._-", path[i]) != NULL);
  }
  if (valid && found == wanted && strstr (path, "//") == NULL && path[length - 1] != '/')
    return g_steal_pointer (&path);
  cr_set_error (error, CR_ERROR_INPUT, "Use letters, digits, '.', '_' and '-' only.",
                "An id in '%s' is empty or has characters that the service does not take.", path);
  return NULL;
}

json_t *
cgs_read (CrJob *job, CcfClient *client, const char *method, const char *path, GError **error)
{
  return path != NULL ? ccf_app_call (job, client, CCF_READ, method, path, NULL, NULL, error) : NULL;
}

json_t *
cgs_write (CrJob *job, CcfClient *client, const char *method, const char *path, const json_t *body,
           GError **error)
{
  return path != NULL ? ccf_app_call (job, client, CCF_WRITE, method, path, body, NULL, error) : NULL;
}

gboolean
cgs_do (CrJob *job, CcfClient *client, const char *method, const char *path, const json_t *body,
        GError **error)
{
  g_autoptr (json_t) answer = cgs_write (job, client, method, path, body, error);
  return answer != NULL;
}

json_t *
cgs_list (CrJob *job, CcfClient *client, const char *path, GError **error)
{
  g_autoptr (json_t) answer = cgs_read (job, client, "GET", path, error);
  if (answer == NULL)
    return NULL;
  if (json_is_array (answer)) /* member documents list without an envelope */
    return g_steal_pointer (&answer);
  return json_incref (cr_json_get_array (answer, "value", "the list", error));
}

json_t *
cgs_propose (CrJob *job, CcfClient *client, const char *action, json_t *args, GError **error)
{
  g_autoptr (json_t) proposal = ccf_proposal_new (action, args);
  return ccf_client_proposes_only (client) ? ccf_proposal_create (job, client, proposal, error)
                                           : ccf_propose_and_vote (job, client, proposal, error);
}

json_t *
cgs_args (const char *key, const char *text)
{
  json_t *args = json_object ();
  cr_json_set_string (args, key, text);
  return args;
}

void
cgs_refuse (GError **error, const char *code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  const HttpErrorRecord *record = http_error_record (code);
  cr_set_named_error (error, record != NULL ? record->error : CR_ERROR_INPUT, code,
                      record != NULL ? g_dgettext (GETTEXT_PACKAGE, record->hint) : NULL, "%s", text);
}

/* One page: repeats the call while the answer is 202. Gives. */
static json_t *
read_page (CrJob *job, CcfClient *client, const char *path, GError **error)
{
  for (guint attempt = 0; attempt < HISTORY_ATTEMPTS; attempt++) {
    g_autoptr (HttpResponse) response = NULL;
    g_autoptr (json_t) answer = ccf_app_call (job, client, CCF_READ, "GET", path, NULL, &response, error);
    if (answer == NULL)
      return NULL;
    if (response->status != 202)
      return g_steal_pointer (&answer);
    /* The node says "retry-after: 1"; the first repeats may come sooner, a small range is there at once. */
    if (!cr_job_sleep (job, attempt == 0 ? 20 : attempt < 5 ? 100 : attempt < 15 ? 1000 : 5000, error))
      return NULL;
  }
  cr_set_error (error, CR_ERROR_RETRY, "Try again in a moment.",
                "The ledger did not deliver its history in time.");
  return NULL;
}

/* nextLink must stay on the same resource: "/app" + the path before the query. Its values come as they are,
 * so that they are encoded again. Gives the path below /app. */
static char *
next_page (const char *path, const char *link, GError **error)
{
  if (link == NULL)
    return NULL;
  gsize length = strcspn (path, "?");
  if (!g_str_has_prefix (link, "/app") || strncmp (link + 4, path, length) != 0 || link[4 + length] != '?') {
    cr_set_error (error, CR_ERROR_FAILED, "Report this to the operator.",
                  "The service named a next page that does not belong to this list.");
    return NULL;
  }
  g_autoptr (GString) next = g_string_new_len (path, (gssize) length);
  g_auto (GStrv) parts = g_strsplit (link + 4 + length + 1, "&", -1);
  for (guint i = 0; parts[i] != NULL; i++) {
    char *equals = strchr (parts[i], '=');
    g_autofree char *value = equals != NULL ? cr_percent_encode (equals + 1, "%") : NULL;
    if (equals != NULL)
      *equals = '\0';
    g_autofree char *name = cr_percent_encode (parts[i], "%");
    g_string_append_printf (next, "%c%s%s%s", i == 0 ? '?' : '&', name, value != NULL ? "=" : "",
                            value != NULL ? value : "");
  }
  return g_string_free (g_steal_pointer (&next), FALSE);
}

gboolean
cgs_each_page (CrJob *job, CcfClient *client, const char *path, CgsPage each, gpointer data, GError **error)
{
  g_autofree char *page = g_strdup (path);
  for (guint i = 0; page != NULL; i++) {
    if (i == HISTORY_PAGES) {
      cr_set_error (error, CR_ERROR_FAILED, "Ask for a smaller range.", "The list does not end.");
      return FALSE;
    }
    g_autoptr (json_t) answer = read_page (job, client, page, error);
    json_t *value = answer != NULL ? cr_json_get_array (answer, "value", "the list", error) : NULL;
    if (value == NULL || !each (value, data, error))
      return FALSE;
    const char *link = cr_json_peek_string (answer, "nextLink");
    char *next = next_page (path, link, error);
    if (link != NULL && next == NULL)
      return FALSE;
    g_free (page);
    page = next;
  }
  return path != NULL;
}

static gboolean
collect (json_t *page, gpointer all, GError **error)
{
  (void) error;
  json_array_extend (all, page);
  return TRUE;
}

json_t *
cgs_read_history (CrJob *job, CcfClient *client, const char *path, GError **error)
{
  g_autoptr (json_t) all = json_array ();
  return cgs_each_page (job, client, path, collect, all, error) ? g_steal_pointer (&all) : NULL;
}
