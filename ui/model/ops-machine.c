/* SPDX-License-Identifier: MIT
 * Keys, runs, files, the local environment.
 */
#include "ui/model/session-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "data/csv.h"
#include "keys/member.h"
#include "query/query.h"
#include "workflow/local-sandbox.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#define KEYS UI_MODEL_BIT (UI_MODEL_KEYS)

/* ---- keys ---- */

static gboolean
create_key (UiOp *op, GError **error)
{
  KeyStore *store = workflow_context_keys (op->context, error);
  if (store == NULL)
    return FALSE;
  char **identities = workflow_context_who (op->context)->identities;
  /* The first of several identities is the one that holds the recovery key. */
  gboolean recovery = identities != NULL && g_strv_length (identities) > 1
                      && strcmp (identities[0], op->a) == 0;
  g_autoptr (MemberIdentity) made = member_identity_create (
      store, workflow_context_collaboration (op->context), op->persona, op->a, recovery, error);
  if (made == NULL)
    return FALSE;
  op->made = g_strdup (member_identity_id (made));
  ui_op_say (op, _ ("%s is made; the private key stays in the key store."), op->a);
  return TRUE;
}

UiJob *
ui_create_key (UiSession *session, const char *name, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Make a key"),
                                   .run = create_key,
                                   .flags = UI_OP_CHANGES | UI_OP_LEASE | UI_OP_KEYRING | UI_OP_RENEW,
                                   .models = KEYS,
                                   .a = name },
                      done, data);
}

/* "~/x" as a shell would take it. Gives. */
static char *
full_path (const char *path)
{
  g_autofree char *home = g_str_has_prefix (path, "~/") ? g_build_filename (g_get_home_dir (), path + 2, NULL)
                                                        : NULL;
  return g_canonicalize_filename (home != NULL ? home : path, NULL);
}

static gboolean
export_key (UiOp *op, GError **error)
{
  KeyStore *store = workflow_context_keys (op->context, error);
  g_autoptr (MemberIdentity) identity =
      store != NULL ? member_identity_load (store, workflow_context_collaboration (op->context), op->persona,
                                            op->b, error)
                    : NULL;
  if (identity == NULL)
    return FALSE;
  gboolean recovery = strcmp (op->a, KEY_KIND_MEMBER_ENCRYPTION_KEY) == 0;
  const char *pem = recovery ? member_identity_encryption_pem (identity)
                             : member_identity_certificate_pem (identity);
  if (pem == NULL) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, _ ("%s has no such key."), op->b);
    return FALSE;
  }
  op->made = full_path (op->c);
  if (!cr_file_write (op->made, pem, -1, 0644, error))
    return FALSE;
  ui_op_say (op, _ ("Written: %s"), op->made);
  return TRUE;
}

UiJob *
ui_export_key (UiSession *session, const char *kind, const char *name, const char *path, UiDone done,
               gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Export the public part"),
                                   .run = export_key,
                                   .flags = UI_OP_LEASE | UI_OP_KEYRING,
                                   .a = kind,
                                   .b = name,
                                   .c = path },
                      done, data);
}

static gboolean
delete_key (UiOp *op, GError **error)
{
  KeyStore *store = workflow_context_keys (op->context, error);
  KeyAttributes entry = { .collaboration = workflow_context_collaboration (op->context),
                          .persona = op->persona,
                          .kind = op->a,
                          .name = op->b };
  if (store == NULL || !key_store_remove (store, &entry, error))
    return FALSE;
  ui_op_say (op, _ ("%s %s is deleted."), op->a, op->b);
  return TRUE;
}

UiJob *
ui_delete_key (UiSession *session, const char *kind, const char *name, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Delete the key"),
                                   .run = delete_key,
                                   .flags = UI_OP_CHANGES | UI_OP_LEASE | UI_OP_KEYRING | UI_OP_RENEW,
                                   .models = KEYS,
                                   .a = kind,
                                   .b = name },
                      done, data);
}

/* ---- runs ---- */

static gboolean
start_run (UiOp *op, GError **error)
{
  if (!cr_day_range_check (op->b, op->c, error))
    return FALSE;
  g_autoptr (QueryAgent) agent = workflow_context_agent (op->context, op->job, error);
  g_autofree char *run_id = query_run_id_new ();
  QueryRunRequest request = { .run_id = run_id, .start_date = op->b, .end_date = op->c, .engine = op->d };
  g_autoptr (json_t) answer = agent != NULL ? query_run (op->job, agent, op->a, &request, error) : NULL;
  if (answer == NULL)
    return FALSE;
  op->made = query_job_id (run_id);
  /* The runs screen follows it from here. */
  if (!workflow_context_remember (op->context, "run", run_id, error)
      || !workflow_context_remember (op->context, "job", op->made, error))
    return FALSE;
  ui_op_say (op, _ ("The run %s has started."), op->made);
  return TRUE;
}

static const char *
or_null (const char *text)
{
  return text != NULL && *text != '\0' ? text : NULL;
}

UiJob *
ui_start_run (UiSession *session, const char *query, const char *from, const char *to, const char *engine,
              UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Run the query"),
                                   .run = start_run,
                                   .flags = UI_OP_CHANGES | UI_OP_LEASE | UI_OP_KEYRING | UI_OP_RUNNING,
                                   .models = UI_MODEL_BIT (UI_MODEL_RUNS) | UI_MODEL_BIT (UI_MODEL_AUDIT),
                                   .a = query,
                                   .b = or_null (from),
                                   .c = or_null (to),
                                   .d = or_null (engine) },
                      done, data);
}

/* ---- files ---- */

static gboolean
write_file (UiOp *op, const char *path, const GString *text, GError **error)
{
  op->made = full_path (path);
  if (!cr_job_check (op->job, error) || !cr_file_write (op->made, text->str, (gssize) text->len, 0600, error))
    return FALSE;
  ui_op_say (op, _ ("Written: %s"), op->made);
  return TRUE;
}

static void
append_record (GString *text, const GPtrArray *fields)
{
  for (guint i = 0; i < fields->len; i++) {
    if (i > 0)
      g_string_append_c (text, ',');
    data_csv_append (text, g_ptr_array_index (fields, i));
  }
  g_string_append_c (text, '\n');
}

static gboolean
save_output (UiOp *op, GError **error)
{
  /* The same reading as the screen's. */
  UiReading reading = { .access = op->access,
                        .kind = UI_MODEL_OUTPUT,
                        .scenario_name = op->scenario_name,
                        .persona = op->persona,
                        .object = op->a,
                        .context = op->context,
                        .scenario = op->lease->scenario,
                        .job = op->job,
                        .value = ui_output_new () };
  reading.arena = ui_value_arena (reading.value);
  gboolean ok = ui_read_output (&reading, error);
  if (ok) {
    const UiOutput *output = reading.value;
    g_autoptr (GString) text = g_string_new (NULL);
    append_record (text, output->columns);
    for (guint i = 0; i < output->rows->len; i++)
      append_record (text, g_ptr_array_index (output->rows, i));
    ok = write_file (op, op->b, text, error);
    if (ok && output->truncated)
      g_ptr_array_add (op->lines, g_strdup_printf (_ ("Only the first %u rows; all of them are in %s."),
                                                   output->rows->len, output->folder));
  }
  ui_value_unref (reading.value);
  return ok;
}

UiJob *
ui_save_output (UiSession *session, const char *run, const char *path, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Save the output"),
                                   .run = save_output,
                                   .flags = UI_OP_LEASE | UI_OP_KEYRING,
                                   .a = run != NULL ? run : "",
                                   .b = path },
                      done, data);
}

static void
append_json (GString *text, const UiAuditEvent *event)
{
  g_autofree char *detail = ui_audit_detail (event);
  g_autoptr (json_t) object = cr_json_parse (detail, strlen (detail), "the event", NULL);
  g_autofree char *line = object != NULL ? cr_json_dump (object) : NULL;
  if (line != NULL)
    g_string_append_printf (text, "%s\n", line);
}

static void
append_csv (GString *text, const UiAuditEvent *event)
{
  g_autofree char *time = event->at_ms > 0 ? cr_iso8601 (event->at_ms) : g_strdup ("");
  g_string_append_printf (text, "%" PRId64 ",%s", event->seqno, time);
  const char *const fields[] = { event->id, event->scope, event->source, event->text };
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    g_string_append_c (text, ',');
    data_csv_append (text, fields[i]);
  }
  g_string_append_c (text, '\n');
}

static gboolean
export_audit (UiOp *op, GError **error)
{
  const UiAudit *audit = op->value;
  g_autoptr (GString) text = g_string_new (op->yes ? NULL : "seqno,time,id,scope,source,message\n");
  for (guint64 i = 0; i < audit->count; i++) {
    if (op->yes)
      append_json (text, ui_audit_event (audit, i));
    else
      append_csv (text, ui_audit_event (audit, i));
    if (i % 1000 == 0)
      cr_job_progress (op->job, _ ("events"), i, audit->count);
    if (!cr_job_check (op->job, error))
      return FALSE;
  }
  if (!write_file (op, op->a, text, error))
    return FALSE;
  g_autofree char *what = g_strdup_printf (
      g_dngettext (NULL, "%" PRIu64 " event written to %s", "%" PRIu64 " events written to %s", audit->count),
      audit->count, op->made);
  ui_op_say (op, "%s", what);
  return TRUE;
}

UiJob *
ui_export_audit (UiSession *session, UiExportFormat format, const char *path, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Export events"),
                                   .run = export_audit,
                                   .value = ui_session_audit (session),
                                   .yes = format == UI_EXPORT_JSON_LINES,
                                   .a = path },
                      done, data);
}

static gboolean
save_text (UiOp *op, GError **error)
{
  g_autoptr (GString) text = g_string_new (op->a);
  if (text->len > 0 && text->str[text->len - 1] != '\n')
    g_string_append_c (text, '\n');
  return write_file (op, op->b, text, error);
}

UiJob *
ui_save_text (UiSession *session, const char *text, const char *path, UiDone done, gpointer data)
{
  return ui_op_begin (
      session,
      &(UiOpPlan){ .title = _ ("Save"), .run = save_text, .flags = UI_OP_NO_PERSONA, .a = text, .b = path },
      done, data);
}

/* ---- the local environment ---- */

static gboolean
is_ours (UiOp *op, GError **error)
{
  gboolean ours = FALSE;
  if (!local_sandbox_is_ours (ui_access_state_dir (op->access), &ours, error))
    return FALSE;
  if (!ours)
    cr_set_error (error, CR_ERROR_REFUSED, _ ("Choose the local environment in the settings first."),
                  _ ("Not used: another environment is in use."));
  return ours;
}

static gboolean
start_sandbox (UiOp *op, GError **error)
{
  if (!is_ours (op, error) || !ui_access_environment (op->access, TRUE, error))
    return FALSE;
  ui_op_say (op, _ ("The local environment runs."));
  return TRUE;
}

UiJob *
ui_start_sandbox (UiSession *session, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Start the local environment"),
                                   .run = start_sandbox,
                                   .flags = UI_OP_CHANGES | UI_OP_RENEW | UI_OP_NO_PERSONA,
                                   .models = ~0u },
                      done, data);
}

static gboolean
stop_sandbox (UiOp *op, GError **error)
{
  gboolean was_running = FALSE;
  if (!is_ours (op, error) || !local_sandbox_stop (ui_access_state_dir (op->access), &was_running, error))
    return FALSE;
  if (was_running)
    ui_op_inverse (op, UI_INVERSE_START_SANDBOX, NULL, NULL, FALSE);
  ui_op_say (op, was_running ? _ ("Stopped. Nothing is lost; the next step starts it again.")
                             : _ ("It was not running."));
  return TRUE;
}

UiJob *
ui_stop_sandbox (UiSession *session, UiDone done, gpointer data)
{
  return ui_op_begin (session,
                      &(UiOpPlan){ .title = _ ("Stop the local environment"),
                                   .run = stop_sandbox,
                                   .flags = UI_OP_CHANGES | UI_OP_RENEW | UI_OP_NO_PERSONA,
                                   .models = UI_MODEL_BIT (UI_MODEL_HEALTH) },
                      done, data);
}
