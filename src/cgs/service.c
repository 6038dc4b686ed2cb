/* SPDX-License-Identifier: MIT
 * Deploying the governance service, its options and sign-in issuers (service.h).
 */
#include "cgs/service.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "cgs/cgs-private.h"

#include <string.h>

#define CONSTITUTION_MAX (512u * 1024)

/* ---- Deploy ---- */

/* Propose, vote, and require that it took effect. */
static gboolean
propose_now (CrJob *job, CcfClient *client, const char *action, json_t *args, GError **error)
{
  g_autoptr (json_t) content = ccf_proposal_new (action, args);
  g_autoptr (json_t) proposal = ccf_propose_and_vote (job, client, content, error);
  if (proposal == NULL)
    return FALSE;
  if (g_strcmp0 (cr_json_peek_string (proposal, "proposalState"), "Open") != 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_WAITING, "The other members vote on it; then deploy again to go on.",
                "Proposal %s ('%s') needs more votes.", cr_json_peek_string (proposal, "proposalId"), action);
  return FALSE;
}

static gboolean
deploy_constitution (CrJob *job, CcfClient *client, const char *constitution, GError **error)
{
  g_autofree char *wanted = ccf_digest (constitution, -1);
  g_autofree char *present = ccf_constitution_digest (job, client, NULL);
  if (g_strcmp0 (wanted, present) == 0)
    return TRUE;
  return propose_now (job, client, "set_constitution", cgs_args ("constitution", constitution), error);
}

/* Limits of the JavaScript runtime as every deployment of this application sets them. */
static json_t *
runtime_options (void)
{
  json_t *options = json_object ();
  cr_json_set_int (options, "max_heap_bytes", 104857600);
  cr_json_set_int (options, "max_stack_bytes", 1048576);
  cr_json_set_int (options, "max_execution_time_ms", 1000);
  cr_json_set_bool (options, "log_exception_details", TRUE);
  cr_json_set_bool (options, "return_exception_details", TRUE);
  return options;
}

static gboolean
deploy_bundle (CrJob *job, CcfClient *client, const json_t *bundle, GError **error)
{
  g_autofree char *text = ccf_bundle_canonical (bundle);
  g_autofree char *wanted = ccf_digest (text, -1);
  g_autofree char *present = ccf_bundle_digest (job, client, NULL);
  if (g_strcmp0 (wanted, present) == 0)
    return TRUE;
  if (!propose_now (job, client, "set_js_runtime_options", runtime_options (), error))
    return FALSE;
  json_t *args = json_object ();
  cr_json_set (args, "bundle", json_deep_copy (bundle));
  return propose_now (job, client, "set_js_app", args, error);
}

static gboolean
deploy_oidc (CrJob *job, CcfClient *client, GError **error)
{
  g_autoptr (json_t) info = cgs_oidc_info (job, client, error);
  if (info == NULL)
    return FALSE;
  if (!cr_json_peek_bool (info, "enabled", FALSE)) {
    g_autofree char *kid = cr_random_hex (32);
    if (!propose_now (job, client, "enable_oidc_issuer", cgs_args ("kid", kid), error))
      return FALSE;
  }
  /* Repeatable: a key is made only for a new request id. */
  g_autoptr (json_t) key = cgs_oidc_generate_key (job, client, error);
  return key != NULL;
}

/* CONSTITUTION is JavaScript text; BUNDLE is {metadata:{endpoints}, modules}, borrowed. */
static gboolean
cgs_service_deploy (CrJob *job, CcfClient *client, const char *constitution, const json_t *bundle,
                    GError **error)
{
  return deploy_constitution (job, client, constitution, error) && deploy_bundle (job, client, bundle, error)
         && ccf_wait_ready (job, client, "app", 0, error) && deploy_oidc (job, client, error);
}

static char *
load_constitution (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "constitution.js", NULL);
  /* Byte for byte: the digest is over the text as it is, final newline included. */
  g_autoptr (GBytes) bytes = cr_file_read (path, CONSTITUTION_MAX, error);
  if (bytes == NULL)
    return NULL;
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  if (length == 0 || memchr (data, '\0', length) != NULL || !g_utf8_validate (data, (gssize) length, NULL)) {
    cr_set_error (error, CR_ERROR_INPUT, "Restore the file from the installation.", "%s is not UTF-8 text.",
                  path);
    return NULL;
  }
  return g_strndup (data, length);
}

static json_t *
load_bundle (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "app.json", NULL);
  return cr_json_load (path, error);
}

gboolean
cgs_service_deploy_files (CrJob *job, CcfClient *client, const char *folder, GError **error)
{
  g_autofree char *constitution = load_constitution (folder, error);
  g_autoptr (json_t) bundle = constitution != NULL ? load_bundle (folder, error) : NULL;
  return bundle != NULL && cgs_service_deploy (job, client, constitution, bundle, error);
}

gboolean
cgs_files_digests (const char *folder, char **constitution_digest, char **bundle_digest, GError **error)
{
  g_autofree char *constitution = load_constitution (folder, error);
  g_autoptr (json_t) bundle = constitution != NULL ? load_bundle (folder, error) : NULL;
  if (bundle == NULL)
    return FALSE;
  g_autofree char *text = ccf_bundle_canonical (bundle);
  *constitution_digest = ccf_digest (constitution, -1);
  *bundle_digest = ccf_digest (text, -1);
  return TRUE;
}

json_t *
cgs_service_version (CrJob *job, CcfClient *client, GError **error)
{
  g_autofree char *constitution = ccf_constitution_digest (job, client, error);
  g_autofree char *bundle = constitution != NULL ? ccf_bundle_digest (job, client, error) : NULL;
  if (bundle == NULL)
    return NULL;
  json_t *version = cgs_args ("constitutionDigest", constitution);
  cr_json_set_string (version, "jsappBundleDigest", bundle);
  return version;
}

json_t *
cgs_service_updates (CrJob *job, CcfClient *client, GError **error)
{
  static const char *const changing[] = { "set_constitution", "set_js_app", "add_snp_host_data",
                                          "remove_snp_host_data", NULL };
  g_autoptr (json_t) proposals = ccf_proposals_list (job, client, error);
  if (proposals == NULL)
    return NULL;
  g_autoptr (json_t) updates = json_array ();
  gsize index;
  json_t *proposal;
  json_array_foreach (proposals, index, proposal) {
    const char *id = cr_json_peek_string (proposal, "proposalId");
    if (id == NULL || g_strcmp0 (cr_json_peek_string (proposal, "proposalState"), "Open") != 0)
      continue;
    g_autoptr (json_t) content = ccf_proposal_actions (job, client, id, error);
    if (content == NULL)
      return NULL;
    gsize position;
    json_t *action;
    json_array_foreach (json_object_get (content, "actions"), position, action) {
      const char *name = cr_json_peek_string (action, "name");
      if (name == NULL || !g_strv_contains (changing, name))
        continue;
      json_t *update = cgs_args ("proposalId", id);
      cr_json_set_string (update, "actionName", name);
      json_array_append_new (updates, update);
    }
  }
  return g_steal_pointer (&updates);
}

/* ---- Options and issuers ---- */

json_t *
cgs_option_status (CrJob *job, CcfClient *client, const char *option, GError **error)
{
  g_autofree char *path = cgs_path (error, "/runtimeoptions/%s/status", option);
  return cgs_read (job, client, "POST", path, error);
}

json_t *
cgs_option_propose (CrJob *job, CcfClient *client, const char *option, gboolean enable, GError **error)
{
  json_t *args = cgs_args ("option", option);
  cr_json_set_string (args, "status", enable ? "enabled" : "disabled");
  return cgs_propose (job, client, "set_cgs_runtime_options", args, error);
}

json_t *
cgs_ca_bundle_propose (CrJob *job, CcfClient *client, const char *name, const char *pem, GError **error)
{
  json_t *args = cgs_args ("name", name);
  cr_json_set_string (args, "cert_bundle", pem);
  return cgs_propose (job, client, "set_ca_cert_bundle", args, error);
}

json_t *
cgs_jwt_issuer_propose (CrJob *job, CcfClient *client, const char *issuer, const char *ca_bundle_name,
                        GError **error)
{
  json_t *args = cgs_args ("issuer", issuer);
  cr_json_set_bool (args, "auto_refresh", TRUE);
  cr_json_set_string (args, "ca_cert_bundle_name", ca_bundle_name);
  return cgs_propose (job, client, "set_jwt_issuer", args, error);
}

json_t *
cgs_recovery_threshold_propose (CrJob *job, CcfClient *client, guint threshold, GError **error)
{
  json_t *args = json_object ();
  cr_json_set_int (args, "recovery_threshold", threshold);
  return cgs_propose (job, client, "set_recovery_threshold", args, error);
}
