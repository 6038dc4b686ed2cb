/* SPDX-License-Identifier: MIT
 * config init|view|validate|add-identity: the clean room specification as a file.
 */
#include "cli/spec-files.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

static gboolean
init (Cli *cli, GError **error)
{
  const char *path = cli_require (cli, "cleanroom-config", error);
  if (path == NULL)
    return FALSE;
  if (g_file_test (path, G_FILE_TEST_EXISTS)) {
    cli_say (_ ("%s is there already; nothing was changed."), path);
    return TRUE;
  }
  g_autoptr (json_t) specification = spec_new ();
  g_autofree char *text = g_strdup_printf (_ ("Written: %s"), path);
  return cli_specification_done (cli, specification, json_incref (specification), text, error);
}

/* --- view --- */

static gboolean
print_specification (Cli *cli, json_t *specification, GError **error)
{
  if (cli_json (cli)) {
    cli_out_json (json_incref (specification));
    return TRUE;
  }
  g_autofree char *text = spec_text (SPEC_FILE_SPECIFICATION, specification, error);
  if (text == NULL)
    return FALSE;
  g_autofree char *safe = cr_text_safe_lines (text);
  cli_out ("%s", safe);
  return TRUE;
}

static gboolean
view (Cli *cli, GError **error)
{
  g_autoptr (json_t) specification = cli_specification (cli, error);
  if (specification == NULL)
    return FALSE;
  GPtrArray *others = cli_values (cli, "configs");
  g_autoptr (GPtrArray) warnings = spec_findings_new ();
  for (guint i = 0; others != NULL && i < others->len; i++) {
    const char *path = g_ptr_array_index (others, i);
    g_autoptr (json_t) other = spec_load (path, SPEC_FILE_SPECIFICATION, warnings, error);
    if (other == NULL
        || !spec_merge (specification, other, path, i + 1 == others->len ? warnings : NULL, error))
      return FALSE;
  }
  cli_say_findings (warnings);
  const char *out = cli_either (cli, "out-file", "output-file");
  if (out != NULL && !spec_save (out, SPEC_FILE_SPECIFICATION, specification, error))
    return FALSE;
  return cli_flag (cli, "no-print") || print_specification (cli, specification, error);
}

/* --- validate --- */

static json_t *
findings_json (const GPtrArray *findings)
{
  json_t *list = json_array ();
  for (guint i = 0; i < findings->len; i++)
    json_array_append_new (list, spec_finding_json (g_ptr_array_index (findings, i)));
  return json_pack ("{s:b, s:i, s:o}", "valid", spec_errors (findings) == 0, "errors",
                    (int) spec_errors (findings), "findings", list);
}

/* Add what is to say about the file of option NAME, if it is given. */
static gboolean
validate_also (Cli *cli, const char *name, SpecFileKind kind, GPtrArray *findings, GError **error)
{
  const char *path = cli_value (cli, name);
  GPtrArray *more = path != NULL ? spec_validate (path, kind, error) : NULL;
  if (more != NULL)
    g_ptr_array_extend_and_steal (findings, more);
  return path == NULL || more != NULL;
}

/* Every datastore that the specification names is in the file of datastores, if that is given. */
static gboolean
validate_stores (Cli *cli, const char *path, GPtrArray *findings, GError **error)
{
  const char *file = cli_value (cli, "datastore-config");
  if (file == NULL || spec_errors (findings) > 0)
    return TRUE;
  g_autoptr (json_t) specification = spec_load (path, SPEC_FILE_SPECIFICATION, NULL, error);
  g_autoptr (json_t) stores = specification != NULL ? spec_load (file, SPEC_FILE_DATASTORES, NULL, error)
                                                    : NULL;
  if (stores == NULL)
    return FALSE;
  spec_check_datastores (specification, stores, path, findings);
  return TRUE;
}

static gboolean
validate (Cli *cli, GError **error)
{
  const char *path = cli_require (cli, "cleanroom-config", error);
  g_autoptr (GPtrArray) findings = path != NULL ? spec_validate (path, SPEC_FILE_SPECIFICATION, error) : NULL;
  if (findings == NULL || !validate_also (cli, "datastore-config", SPEC_FILE_DATASTORES, findings, error)
      || !validate_also (cli, "secretstore-config", SPEC_FILE_SECRETSTORES, findings, error)
      || !validate_stores (cli, path, findings, error))
    return FALSE;
  guint errors = cli_flag (cli, "strict") ? findings->len : spec_errors (findings);
  cli_say_findings (findings);
  if (errors == 0) {
    if (cli_json (cli))
      cli_out_json (findings_json (findings));
    else if (findings->len == 0)
      cli_out (_ ("%s is valid.\n"), path);
    else
      cli_out (ngettext ("%s is valid; there is %u warning.\n", "%s is valid; there are %u warnings.\n",
                         findings->len),
               path, findings->len);
    return TRUE;
  }
  cli_set_failure (cli, findings_json (findings));
  g_autofree char *text = g_strdup_printf (
      ngettext ("%s is not valid: %u thing is wrong.", "%s is not valid: %u things are wrong.", errors), path,
      errors);
  cr_set_error (error, CR_ERROR_INPUT, "Correct the file at the lines named above.", "%s", text);
  return FALSE;
}

/* --- identities --- */

/* Access points hold copies of identities: those of another content keep it. */
static void
say_stale (const json_t *specification, const json_t *identity)
{
  static const char *const sections[] = { "datasources", "datasinks" };
  for (gsize s = 0; s < G_N_ELEMENTS (sections); s++) {
    size_t i;
    json_t *point;
    json_array_foreach (json_object_get (specification, sections[s]), i, point) {
      const json_t *copy = json_object_get (point, "identity");
      if (g_strcmp0 (cr_json_peek_string (copy, "name"), cr_json_peek_string (identity, "name")) == 0
          && !json_equal (copy, identity))
        cli_say (_ ("%s still has the identity as it was before; add it again."),
                 cr_json_peek_string (point, "name"));
    }
  }
}

/* Put IDENTITY (taken) in, and the one that attestation proves, as it is now. */
static gboolean
add_identity (Cli *cli, json_t *specification, json_t *identity, GError **error)
{
  const char *name = cr_json_peek_string (identity, "name");
  g_autofree char *text = g_strdup_printf (_ ("The identity %s is in the specification."), name);
  if (strcmp (name, SPEC_IDENTITY_ATTESTED) != 0)
    spec_put (specification, "identities",
              data_attested_identity (SPEC_IDENTITY_ATTESTED, "", "", SPEC_ISSUER_ATTESTED));
  spec_put (specification, "identities", json_incref (identity));
  say_stale (specification, identity);
  return cli_specification_done (cli, specification, identity, text, error);
}

typedef struct {
  json_t *specification;
  const char *name, *client, *tenant;
} NewIdentity;

/* What the three ways have in common. */
static gboolean
begin (Cli *cli, NewIdentity *it, gboolean ids, GError **error)
{
  it->name = cli_require (cli, "name", error);
  it->client = ids && it->name != NULL ? cli_require (cli, "client-id", error) : cli_value (cli, "client-id");
  it->tenant = ids && it->client != NULL ? cli_require (cli, "tenant-id", error)
                                         : cli_value (cli, "tenant-id");
  if (it->name == NULL || (ids && it->tenant == NULL))
    return FALSE;
  it->client = it->client != NULL ? it->client : "";
  it->tenant = it->tenant != NULL ? it->tenant : "";
  it->specification = cli_specification (cli, error);
  return it->specification != NULL;
}

static gboolean
add_federated (Cli *cli, GError **error)
{
  NewIdentity it = { 0 };
  gboolean good = begin (cli, &it, TRUE, error);
  g_autoptr (json_t) specification = it.specification;
  const char *backing = cli_value (cli, "backing-identity");
  const char *issuer = cli_value (cli, "issuer-url");
  json_t *inner = good ? cli_spec_identity (specification, backing != NULL ? backing : SPEC_IDENTITY_ATTESTED,
                                            "BackingIdentityNotFound", error)
                       : NULL;
  if (inner == NULL)
    return FALSE;
  json_t *identity = data_federated_identity (it.name, it.client, it.tenant, issuer != NULL ? issuer : "");
  json_object_set_new (json_object_get (identity, "tokenIssuer"), "federatedIdentity",
                       json_deep_copy (inner));
  return add_identity (cli, specification, identity, error);
}

static gboolean
add_attested (Cli *cli, GError **error)
{
  NewIdentity it = { 0 };
  gboolean good = begin (cli, &it, FALSE, error);
  g_autoptr (json_t) specification = it.specification;
  const char *issuer = cli_value (cli, "issuer-url");
  return good
         && add_identity (cli, specification,
                          data_attested_identity (it.name, it.client, it.tenant,
                                                  issuer != NULL ? issuer : SPEC_ISSUER_ATTESTED),
                          error);
}

static gboolean
add_secret (Cli *cli, GError **error)
{
  NewIdentity it = { 0 };
  const char *secret = cli_require (cli, "secret-name", error);
  const char *url = secret != NULL ? cli_require (cli, "secret-store-url", error) : NULL;
  const char *backing = url != NULL ? cli_require (cli, "backing-identity", error) : NULL;
  gboolean good = backing != NULL && begin (cli, &it, TRUE, error);
  g_autoptr (json_t) specification = it.specification;
  json_t *inner = good ? cli_spec_identity (specification, backing, "BackingIdentityNotFound", error) : NULL;
  if (inner == NULL)
    return FALSE;
  json_t *kept = json_pack ("{s:s, s:{s:s, s:s, s:s, s:{s:s, s:s, s:s}}}", "secretType", "Secret",
                            "backingResource", "id", secret, "name", secret, "type", "AzureKeyVault",
                            "provider", "protocol", "AzureKeyVault_Secret", "url", url, "configuration", "");
  json_t *issuer = json_pack ("{s:s, s:{s:s, s:s, s:s}, s:o, s:O}", "issuerType", "SecretBasedTokenIssuer",
                              "issuer", "protocol", "AzureAD_Secret", "url", "https://AzureAD",
                              "configuration", "", "secret", kept, "secretAccessIdentity", inner);
  return add_identity (cli, specification,
                       json_pack ("{s:s, s:s, s:s, s:o}", "name", it.name, "clientId", it.client, "tenantId",
                                  it.tenant, "tokenIssuer", issuer),
                       error);
}

static const CliOption init_options[] = { CLI_CONFIG_OPTION, CLI_END };
static const CliOption view_options[] = {
  CLI_CONFIG_OPTION,
  { "configs", CLI_LIST, "FILE", N_ ("further specifications that are merged into it") },
  { "out-file", CLI_VALUE, "FILE", N_ ("write the whole there") },
  { "output-file", CLI_VALUE, "FILE", N_ ("the same") },
  { "no-print", CLI_FLAG, NULL, N_ ("do not print it") },
  CLI_END,
};
static const CliOption validate_options[] = {
  CLI_CONFIG_OPTION,
  { "strict", CLI_FLAG, NULL, N_ ("a warning is as bad as an error") },
  CLI_DATASTORES_OPTION,
  CLI_SECRETSTORES_OPTION,
  CLI_END,
};
#define IDENTITY_OPTIONS                                                                                     \
  CLI_CONFIG_OPTION, { "name", CLI_VALUE, "NAME", N_ ("what it is called in the specification") },           \
      { "client-id", CLI_VALUE, "GUID", N_ ("client id of the managed identity or application") },           \
  {                                                                                                          \
    "tenant-id", CLI_VALUE, "GUID", N_ ("its tenant")                                                        \
  }
static const CliOption federated_options[] = {
  IDENTITY_OPTIONS,
  { "issuer-url", CLI_VALUE, "URL", N_ ("the issuer of the tokens that it trusts") },
  { "backing-identity", CLI_VALUE, "NAME", N_ ("whose tokens these are (default cleanroom_cgs_oidc)") },
  CLI_END,
};
static const CliOption attested_options[] = {
  IDENTITY_OPTIONS,
  { "issuer-url", CLI_VALUE, "URL", N_ ("the issuer (default https://cgs/oidc)") },
  CLI_END,
};
static const CliOption secret_options[] = {
  IDENTITY_OPTIONS,
  { "secret-name", CLI_VALUE, "NAME", N_ ("the secret of a vault that signs it in") },
  { "secret-store-url", CLI_VALUE, "URL", N_ ("address of the vault") },
  { "backing-identity", CLI_VALUE, "NAME", N_ ("the identity that reads the secret") },
  CLI_END,
};

const CliCommand cli_config_commands[] = {
  { "config init", "", N_ ("begin a clean room specification"),
    "cleanroom config init --cleanroom-config tdp.config", 0, 0, init_options, init, TRUE },
  { "config view", "", N_ ("see several specifications as one"),
    "cleanroom config view --cleanroom-config tdp.config --configs tdc.config --out-file all.config", 0, 0,
    view_options, view, FALSE },
  { "config validate", "", N_ ("everything that is wrong or doubtful, with file, line, field and reason"),
    "cleanroom config validate --cleanroom-config all.config", 0, 0, validate_options, validate, FALSE },
  { "config add-identity az-federated", "", N_ ("a managed identity that trusts the clean room's tokens"),
    "cleanroom config add-identity az-federated --cleanroom-config tdp.config --name tdp-identity "
    "--client-id GUID --tenant-id GUID --issuer-url URL",
    0, 0, federated_options, add_federated, TRUE },
  { "config add-identity oidc-attested", "", N_ ("the identity that attestation proves"),
    "cleanroom config add-identity oidc-attested --cleanroom-config tdp.config --name attested", 0, 0,
    attested_options, add_attested, TRUE },
  { "config add-identity az-secret", "", N_ ("an application whose secret lies in a vault"),
    "cleanroom config add-identity az-secret --cleanroom-config tdp.config --name app --client-id GUID "
    "--tenant-id GUID --secret-name NAME --secret-store-url URL --backing-identity tdp-identity",
    0, 0, secret_options, add_secret, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
