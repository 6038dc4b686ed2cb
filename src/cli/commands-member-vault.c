/* SPDX-License-Identifier: MIT
 * governance member generate-identity-certificate|generate-encryption-key: keys of a member made inside a
 * vault.
 */
#include "cli/consortium.h"
#include "cli/show.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cloud/vault.h"
#include "workflow/state.h"

#include <string.h>

/* "https://NAME.vault.azure.net", or the vault of the local environment of that name. */
static VaultClient *
open_vault (Cli *cli, GError **error)
{
  const char *name = cli_value (cli, "vault-name");
  WorkflowContext *context = cli_context (cli, error);
  if (context == NULL)
    return NULL;
  g_autofree char *own = workflow_context_recall (context, "vault-url");
  g_autofree char *url = NULL;
  if (name == NULL)
    url = g_strdup (own);
  else if (strstr (name, "://") != NULL)
    url = g_strdup (name);
  else if (own != NULL && g_strrstr (own, name) != NULL)
    url = g_strdup (own);
  else
    url = g_strdup_printf ("https://%s.vault.azure.net", name);
  if (url != NULL)
    return workflow_context_vault (context, url, error);
  cr_set_error (error, CR_ERROR_INPUT, "Name one with --vault-name, or take the step env.init first.",
                "%s has no vault yet.", workflow_context_persona (context));
  return NULL;
}

/* --member-name, checked, and the folder for what is written. */
static const char *
read_names (Cli *cli, const char **folder, GError **error)
{
  const char *name = cli_require (cli, "member-name", error);
  *folder = cli_value (cli, "output-dir") != NULL ? cli_value (cli, "output-dir") : ".";
  if (name == NULL)
    return NULL;
  if (g_regex_match_simple ("^[0-9a-zA-Z-]{1,64}$", name, G_REGEX_DOLLAR_ENDONLY, 0))
    return cr_dir_make (*folder, 0755, error) ? name : NULL;
  cr_set_error (error, CR_ERROR_INPUT, "Use letters, digits and hyphens, at most 64: vaults take no others.",
                "\"%s\" is not a name for a member.", name);
  return NULL;
}

static gboolean
write_text (json_t *files, const char *folder, const char *name, const char *rest, const char *text,
            GError **error)
{
  g_autofree char *file = g_strconcat (name, rest, NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  json_array_append_new (files, json_string (path));
  return cr_file_write (path, text, -1, 0644, error);
}

/* Take the identity into the keyring, where every signature of a member is made. */
static gboolean
take (Cli *cli, VaultClient *vault, const char *object, const char *name, const X509 *certificate,
      GError **error)
{
  KeyStore *store = cli_key_store (cli, error);
  g_autofree char *collaboration = store != NULL ? workflow_collaboration_id (cli_state_dir (cli), error)
                                                 : NULL;
  g_autoptr (EVP_PKEY) key = collaboration != NULL
                                 ? vault_certificate_key (vault, cli_job (cli), object, certificate, error)
                                 : NULL;
  g_autoptr (MemberIdentity) identity = key != NULL
                                            ? member_identity_import (store, collaboration, CLI_MEMBERS, name,
                                                                      certificate, key, NULL, error)
                                            : NULL;
  return identity != NULL;
}

static gboolean
identity_certificate (Cli *cli, GError **error)
{
  const char *folder = NULL, *name = read_names (cli, &folder, error);
  g_autoptr (VaultClient) vault = name != NULL ? open_vault (cli, error) : NULL;
  g_autofree char *object = g_strconcat (name, "-identity", NULL);
  g_autofree char *id = NULL;
  gboolean made = FALSE;
  g_autoptr (X509) certificate =
      vault != NULL ? vault_certificate_ensure (vault, cli_job (cli), object, name, &id, &made, error) : NULL;
  if (certificate == NULL || !vault_certificate_prove (vault, cli_job (cli), object, certificate, error))
    return FALSE;
  g_autoptr (json_t) files = json_array ();
  g_autofree char *pem = cose_cert_to_pem (certificate);
  g_autofree char *member = cose_cert_id (certificate);
  if (!write_text (files, folder, name, "_cert.pem", pem, error)
      || !write_text (files, folder, name, "_cert.id", id != NULL ? id : "", error)
      || (cli_flag (cli, "import") && !take (cli, vault, object, name, certificate, error)))
    return FALSE;
  if (!made)
    cli_say (_ ("The vault had this certificate already."));
  if (!cli_flag (cli, "import"))
    cli_say (_ ("To sign with it, take it into the keyring: run this again with --import."));
  return cli_show (cli,
                   json_pack ("{s:s,s:s,s:b,s:O}", "memberId", member, "certificateId", id != NULL ? id : "",
                              "made", made, "files", files),
                   NULL);
}

static gboolean
encryption_key (Cli *cli, GError **error)
{
  const char *folder = NULL, *name = read_names (cli, &folder, error);
  g_autoptr (VaultClient) vault = name != NULL ? open_vault (cli, error) : NULL;
  g_autofree char *object = g_strconcat (name, "-encryption", NULL);
  gboolean made = FALSE;
  g_autoptr (EVP_PKEY) key = vault != NULL
                                 ? vault_recovery_key_ensure (vault, cli_job (cli), object, &made, error)
                                 : NULL;
  if (key == NULL || !vault_recovery_key_prove (vault, cli_job (cli), object, key, error))
    return FALSE;
  g_autoptr (json_t) files = json_array ();
  g_autofree char *pem = cose_key_public_pem (key);
  if (!write_text (files, folder, name, "_enc_pubk.pem", pem, error))
    return FALSE;
  if (!made)
    cli_say (_ ("The vault had this key already."));
  cli_say (_ ("Its private part stays in the vault."));
  return cli_show (cli, json_pack ("{s:s,s:b,s:O}", "keyName", object, "made", made, "files", files), NULL);
}

#define VAULT_OPTIONS                                                                                        \
  { "member-name", CLI_VALUE, "NAME", N_ ("the member") },                                                   \
      { "vault-name", CLI_VALUE, "NAME|URL", N_ ("the vault (default: the one of --as)") },                  \
      { "output-dir", CLI_VALUE, "FOLDER", N_ ("where the public files go (default: here)") },               \
  {                                                                                                          \
    "as", CLI_VALUE, "NAME", N_ ("the persona whose sign-in opens the vault")                                \
  }

static const CliOption certificate_options[] = {
  VAULT_OPTIONS,
  { "import", CLI_FLAG, NULL, N_ ("also take certificate and key into the keyring") },
  CLI_END,
};
static const CliOption key_options[] = { VAULT_OPTIONS, CLI_END };

const CliCommand cli_member_vault_commands[] = {
  { "governance member generate-identity-certificate", "", N_ ("make a member's certificate inside a vault"),
    "cleanroom governance member generate-identity-certificate --member-name tdp --as northwind", 0, 0,
    certificate_options, identity_certificate, TRUE },
  { "governance member generate-encryption-key", "", N_ ("make a member's recovery key inside a vault"),
    "cleanroom governance member generate-encryption-key --member-name tdp --as northwind", 0, 0, key_options,
    encryption_key, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
