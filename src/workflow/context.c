/* SPDX-License-Identifier: MIT
 * A persona's context: folders, journal, facts and the values of placeholders (context.h).
 */
#include "workflow/context-private.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/translate.h"
#include "cloud/names.h"
#include "workflow/apart.h"
#include "workflow/state.h"

#include <string.h>

#define SMALL_FILE_MAX (64u * 1024)

static gboolean
make_folders (WorkflowContext *context, GError **error)
{
  static const char *const folders[] = { "private", "secret", NULL };
  g_autofree char *shared = g_build_filename (context->state_dir, "public", NULL);
  if (!cr_dir_make (context->state_dir, 0700, error) || !cr_dir_make (shared, 0700, error))
    return FALSE;
  for (guint i = 0; folders[i] != NULL; i++) {
    g_autofree char *path = g_build_filename (context->state_dir, context->persona->name, folders[i], NULL);
    if (!cr_dir_make (path, 0700, error))
      return FALSE;
  }
  return TRUE;
}

WorkflowContext *
workflow_context_open (const char *state_dir, const WorkflowScenario *scenario,
                       const WorkflowPersona *persona, GError **error)
{
  g_autoptr (WorkflowContext) context = g_new0 (WorkflowContext, 1);
  context->scenario = scenario;
  context->persona = persona;
  context->state_dir = g_strdup (state_dir);
  context->members = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify) member_identity_free);
  context->actors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) workflow_actor_free);
  context->ledgers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify) ccf_client_unref);
  if (!make_folders (context, error))
    return NULL;
  context->collaboration = workflow_collaboration_id (state_dir, error);
  if (context->collaboration == NULL)
    return NULL;
  g_autofree char *path = workflow_context_private (context, "journal.db");
  context->journal = workflow_journal_open (path, error);
  if (context->journal == NULL || !workflow_adopt_names (context, error))
    return NULL;
  return g_steal_pointer (&context);
}

void
workflow_context_close (WorkflowContext *context)
{
  if (context == NULL)
    return;
  /* Clients before what they borrow. */
  g_clear_pointer (&context->ledgers, g_hash_table_unref);
  g_clear_pointer (&context->actors, g_hash_table_unref);
  g_clear_pointer (&context->members, g_hash_table_unref);
  g_clear_pointer (&context->arm, arm_client_free);
  g_clear_pointer (&context->provider, provider_client_free);
  g_clear_pointer (&context->session, identity_session_free);
  g_clear_pointer (&context->http, http_client_unref);
  if (!context->keys_borrowed)
    g_clear_pointer (&context->keys, key_store_free);
  g_clear_pointer (&context->environment, environment_free);
  g_clear_pointer (&context->journal, workflow_journal_close);
  g_free (context->collaboration);
  g_free (context->contract);
  g_free (context->as);
  g_free (context->state_dir);
  g_free (context);
}

void
workflow_context_set_auto_approve (WorkflowContext *context, gboolean approve)
{
  context->auto_approve = approve;
}

void
workflow_context_set_keys (WorkflowContext *context, KeyStore *keys)
{
  context->keys = keys;
  context->keys_borrowed = TRUE;
}

const char *
workflow_context_persona (const WorkflowContext *context)
{
  return context->persona->name;
}

const WorkflowPersona *
workflow_context_who (const WorkflowContext *context)
{
  return context->persona;
}

const WorkflowScenario *
workflow_context_scenario (const WorkflowContext *context)
{
  return context->scenario;
}

const char *
workflow_context_state_dir (const WorkflowContext *context)
{
  return context->state_dir;
}

WorkflowJournal *
workflow_context_journal (WorkflowContext *context)
{
  return context->journal;
}

const char *
workflow_context_collaboration (WorkflowContext *context)
{
  return context->collaboration;
}

char *
workflow_context_path (const WorkflowContext *context, const char *name)
{
  return g_build_filename (context->state_dir, name, NULL);
}

char *
workflow_context_private (const WorkflowContext *context, const char *name)
{
  return g_build_filename (context->state_dir, context->persona->name, "private", name, NULL);
}

gboolean
workflow_context_remember (WorkflowContext *context, const char *name, const char *value, GError **error)
{
  g_autofree char *key = workflow_fact_key (context->scenario, name);
  return workflow_journal_remember (context->journal, key, value, error);
}

char *
workflow_context_recall (WorkflowContext *context, const char *name)
{
  g_autofree char *key = workflow_fact_key (context->scenario, name);
  return workflow_journal_recall (context->journal, key, NULL);
}

gboolean
workflow_context_remember_ballot (WorkflowContext *context, const char *document, gboolean accepted,
                                  GError **error)
{
  g_autofree char *name = g_strconcat ("ballot.", document, NULL);
  return workflow_context_remember (context, name, accepted ? "accepted" : "rejected", error);
}

char *
workflow_context_take_ballot (WorkflowContext *context, const char *document)
{
  g_autofree char *name = g_strconcat ("ballot.", document, NULL);
  g_autofree char *ballot = workflow_context_recall (context, name);
  if (ballot == NULL || *ballot == '\0' || !workflow_context_remember (context, name, "", NULL))
    return NULL;
  return g_steal_pointer (&ballot);
}

char *
workflow_context_require (WorkflowContext *context, const char *name, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree char *key = workflow_fact_key (context->scenario, name);
  char *value = workflow_journal_recall (context->journal, key, &problem);
  if (value != NULL)
    return value;
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  g_autofree char *hint = g_strdup_printf (_ ("Take the earlier steps first: cleanroom step list %s"),
                                           context->persona->name);
  cr_set_error (error, CR_ERROR_INPUT, hint, "It is not known yet: %s.", name);
  return NULL;
}

/* The text of the small file NAME of the public folder, NULL when it is not there. */
static char *
public_text (WorkflowContext *context, const char *name)
{
  g_autofree char *place = workflow_scenario_public (context->scenario, name);
  g_autofree char *path = workflow_context_path (context, place);
  return cr_file_read_text (path, SMALL_FILE_MAX, NULL);
}

static char *
public_member (WorkflowContext *context, const char *file, const char *member)
{
  g_autofree char *path = g_build_filename (context->state_dir, "public", file, NULL);
  g_autoptr (json_t) value = cr_json_load (path, NULL);
  return g_strdup (value != NULL ? cr_json_peek_string (value, member) : NULL);
}

/* Values that lie in the public folder. */
static char *
shared_value (WorkflowContext *context, const char *name)
{
  if (g_str_equal (name, "ccf")) {
    const Environment *environment = workflow_context_environment (context, NULL);
    char *known = public_member (context, "ccfEndpoint.json", "url");
    return known != NULL || environment == NULL ? known : g_strdup (environment->ledger->url);
  }
  if (g_str_equal (name, "recovery-agent"))
    return public_member (context, "ccf.recovery-agent.json", "endpoint");
  if (g_str_equal (name, "contract"))
    return public_text (context, "analytics.contract-id");
  if (g_str_equal (name, "issuer"))
    return public_text (context, "issuer.url");
  if (g_str_equal (name, "query"))
    return public_text (context, "analytics.query-id");
  g_autofree char *file = NULL;
  if (g_str_equal (name, "email"))
    file = g_strconcat (context->persona->name, ".email", NULL);
  else if (g_str_equal (name, "invitation"))
    file = g_strconcat (context->persona->name, ".invitation-id", NULL);
  return file != NULL ? public_text (context, file) : NULL;
}

/* Values of the environment; nothing is said when it cannot be read. */
static char *
environment_value (WorkflowContext *context, const char *name)
{
  static const char *const names[] = { "environment",  "identity", "management", "provider",
                                       "subscription", "s3",       NULL };
  if (!g_strv_contains (names, name))
    return NULL;
  const Environment *environment = workflow_context_environment (context, NULL);
  if (environment == NULL)
    return NULL;
  if (g_str_equal (name, "environment"))
    return g_strdup (environment_kind_name (environment->kind));
  if (g_str_equal (name, "identity"))
    return g_strdup (environment->identity_url);
  if (g_str_equal (name, "s3"))
    return g_strdup (environment->s3_url);
  if (g_str_equal (name, "management"))
    return g_strdup (environment->management_url);
  return g_strdup (g_str_equal (name, "provider") ? environment->provider_url : environment->subscription);
}

/* Names made from the resource group, as the samples make them. */
static char *
derived_value (WorkflowContext *context, const char *name)
{
  static const struct {
    const char *name, *format;
  } forms[] = { { "data-account", "datasa%s" },
                { "oidc-account", "oidcsa%s" },
                { "ccf-account", "ccfsa%s" },
                { "vault", "%skv" } };
  g_autofree char *group = workflow_context_recall (context, "resource-group");
  if (group == NULL)
    return NULL;
  if (g_str_equal (name, "group"))
    return g_strdup (group);
  g_autofree char *letters = cloud_u13 (group);
  if (g_str_equal (name, "managed-identity"))
    return g_strdup_printf ("%s-mi-%s", letters, context->scenario->name);
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    if (g_str_equal (forms[i].name, name)) {
      const char *at = strstr (forms[i].format, "%s");
      return g_strdup_printf ("%.*s%s%s", (int) (at - forms[i].format), forms[i].format, letters, at + 2);
    }
  return NULL;
}

char *
workflow_context_value (const char *name, gpointer data)
{
  WorkflowContext *context = data;
  if (g_str_equal (name, "persona"))
    return g_strdup (context->persona->name);
  if (g_str_equal (name, "scenario"))
    return g_strdup (context->scenario->name);
  if (g_str_equal (name, "collaboration"))
    return g_strdup (context->collaboration);
  if (g_str_equal (name, "state-dir"))
    return g_strdup (context->state_dir);
  const char *constant = g_hash_table_lookup (context->scenario->values, name);
  if (constant != NULL)
    return g_strdup (constant);
  char *value = environment_value (context, name);
  if (value == NULL)
    value = workflow_context_recall (context, name);
  if (value == NULL)
    value = derived_value (context, name);
  return value != NULL ? value : shared_value (context, name);
}
