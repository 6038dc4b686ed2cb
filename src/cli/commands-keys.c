/* SPDX-License-Identifier: MIT
 * keys create|import|list|show|export: what lies in the keyring for this state folder. Private parts are
 * never shown.
 */
#include "cli/consortium.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "keys/member.h"
#include "workflow/state.h"
#include "base/translate.h"

#include <stdio.h>
#include <string.h>

/* Who owns a member identity of this name; "operator" for both of the operator's. */
static const char *
persona_option (Cli *cli)
{
  const char *as = cli_value (cli, "as");
  return as != NULL ? as : "operator";
}

static json_t *
entry_json (const KeyEntry *entry)
{
  return json_pack ("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "persona", entry->persona, "kind", entry->kind, "name",
                    entry->name, "algorithm", entry->algorithm, "fingerprint", entry->fingerprint, "created",
                    entry->created, "where", "keyring");
}

static const char *
used_for (const char *kind)
{
  static const struct {
    const char *kind, *use;
  } uses[] = {
    { KEY_KIND_MEMBER_KEY, "signs governance messages" },
    { KEY_KIND_MEMBER_CERTIFICATE, "names the member" },
    { KEY_KIND_MEMBER_ENCRYPTION_KEY, "opens recovery shares" },
    { KEY_KIND_TOKEN, "keeps the sign-in" },
    { KEY_KIND_ACCOUNT, "password of a local account" },
    { CLI_TOKEN_KIND, "signs in at the environment" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (uses); i++)
    if (strcmp (uses[i].kind, kind) == 0)
      return uses[i].use;
  return "";
}

static gboolean
list (Cli *cli, GError **error)
{
  KeyStore *store = cli_key_store (cli, error);
  g_autofree char *collaboration = store != NULL ? cli_collaboration (cli, error) : NULL;
  if (collaboration == NULL)
    return FALSE;
  KeyAttributes filter = { .collaboration = collaboration, .persona = cli_value (cli, "as") };
  g_autoptr (GPtrArray) entries = key_store_list (store, &filter, error);
  if (entries == NULL)
    return FALSE;
  if (cli_json (cli)) {
    json_t *value = json_array ();
    for (guint i = 0; i < entries->len; i++)
      json_array_append_new (value, entry_json (g_ptr_array_index (entries, i)));
    cli_out_json (value);
    return TRUE;
  }
  g_autoptr (GPtrArray) rows = cli_rows_new ();
  for (guint i = 0; i < entries->len; i++) {
    const KeyEntry *entry = g_ptr_array_index (entries, i);
    g_autofree char *print = g_strndup (entry->fingerprint, 16);
    g_autofree char *day = g_strndup (entry->created, 10);
    g_ptr_array_add (rows, cli_row (entry->persona, entry->name, entry->kind, entry->algorithm, print, day,
                                    used_for (entry->kind), NULL));
  }
  static const char *const columns[] = { N_ ("Persona"),     N_ ("Name"), N_ ("Kind"),     N_ ("Algorithm"),
                                         N_ ("Fingerprint"), N_ ("Made"), N_ ("What for"), NULL };
  cli_out_table (columns, rows);
  return TRUE;
}

static MemberIdentity *
load (Cli *cli, GError **error)
{
  const char *as = cli_value (cli, "as");
  g_autofree char *whose = as != NULL ? g_strconcat (as, "/", cli_argument (cli, 0), NULL) : NULL;
  return cli_find_member (cli, whose != NULL ? whose : cli_argument (cli, 0), error);
}

static json_t *
identity_json (const MemberIdentity *identity)
{
  json_t *value = json_object ();
  cr_json_set_string (value, "name", member_identity_name (identity));
  cr_json_set_string (value, "memberId", member_identity_id (identity));
  cr_json_set_string (value, "certificate", member_identity_certificate_pem (identity));
  cr_json_set_string (value, "encryptionPublicKey", member_identity_encryption_pem (identity));
  cr_json_set_int (value, "daysLeft", member_identity_days_left (identity, cr_now_seconds ()));
  cr_json_set_string (value, "where", "keyring");
  return value;
}

static gboolean
show_identity (Cli *cli, const MemberIdentity *identity)
{
  if (cli_json (cli)) {
    cli_out_json (identity_json (identity));
    return TRUE;
  }
  cli_out (
      "name          %s\nmember id     %s\nexpires in    %d days\nrecovery key  %s\nprivate key   in the keyring, never shown\n",
      member_identity_name (identity), member_identity_id (identity),
      member_identity_days_left (identity, cr_now_seconds ()),
      member_identity_encryption_pem (identity) != NULL ? "yes" : "no");
  return TRUE;
}

static gboolean
show (Cli *cli, GError **error)
{
  g_autoptr (MemberIdentity) identity = load (cli, error);
  return identity != NULL && show_identity (cli, identity);
}

static gboolean
create (Cli *cli, GError **error)
{
  const char *name = cli_argument (cli, 0);
  if (!cr_name_valid (name)) {
    cr_set_error (error, CR_ERROR_INPUT, "Use letters, digits, '.', '-' and '_', at most 64.",
                  "\"%s\" is not a name for a key.", name);
    return FALSE;
  }
  KeyStore *store = cli_key_store (cli, error);
  g_autofree char *collaboration = store != NULL ? cli_collaboration (cli, error) : NULL;
  if (collaboration == NULL)
    return FALSE;
  g_autoptr (MemberIdentity) identity = member_identity_create (store, collaboration, persona_option (cli),
                                                                name, cli_flag (cli, "recovery-key"), error);
  if (identity == NULL)
    return FALSE;
  cli_say (
      "Made. Share the certificate (cleanroom keys export %s --public); the private key stays in the keyring.",
      name);
  return show_identity (cli, identity);
}

/* The text of a PEM file in wiped memory. */
static CrSecretText
read_secret (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = cr_file_read_secret (path, COSE_PEM_MAX_BYTES, error);
  if (bytes == NULL)
    return NULL;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  return cr_secret_text_new (text != NULL ? text : "", (gssize) length);
}

static EVP_PKEY *
read_private_key (const char *path, GError **error)
{
  g_auto (CrSecretText) text = read_secret (path, error);
  return text != NULL ? cose_key_from_private_pem (text, -1, path, error) : NULL;
}

/* The name and files given make one identity of the keyring. Gives. */
static gboolean
import (Cli *cli, GError **error)
{
  const char *name = cli_require (cli, "name", error);
  const char *certificate_path = name != NULL ? cli_require (cli, "cert", error) : NULL;
  const char *key_path = certificate_path != NULL ? cli_require (cli, "key", error) : NULL;
  if (key_path == NULL)
    return FALSE;
  g_autoptr (MemberIdentity) identity = cli_import_member (
      cli, cli_value (cli, "as"), name, certificate_path, key_path, cli_value (cli, "encryption-key"), error);
  if (identity == NULL)
    return FALSE;
  cli_say (_ ("Imported. The files are no longer needed here; keep or destroy them as you see fit."));
  return show_identity (cli, identity);
}

MemberIdentity *
cli_import_member (Cli *cli, const char *persona, const char *name, const char *certificate_path,
                   const char *key_path, const char *encryption_key_path, GError **error)
{
  g_autofree char *pem = cr_file_read_text (certificate_path, COSE_PEM_MAX_BYTES, error);
  g_autoptr (X509) certificate = pem != NULL ? cose_cert_from_pem (pem, -1, certificate_path, error) : NULL;
  g_autoptr (EVP_PKEY) key = certificate != NULL ? read_private_key (key_path, error) : NULL;
  if (key == NULL)
    return NULL;
  g_autoptr (EVP_PKEY) recovery = encryption_key_path != NULL ? read_private_key (encryption_key_path, error)
                                                              : NULL;
  if (encryption_key_path != NULL && recovery == NULL)
    return NULL;
  KeyStore *store = cli_key_store (cli, error);
  /* Who acts in environments that are but a ledger lies with the state folder. */
  g_autofree char *collaboration = NULL;
  if (store != NULL)
    collaboration = persona != NULL ? cli_collaboration (cli, error)
                                    : workflow_collaboration_id (cli_state_dir (cli), error);
  return collaboration != NULL
             ? member_identity_import (store, collaboration, persona != NULL ? persona : CLI_MEMBERS, name,
                                       certificate, key, recovery, error)
             : NULL;
}

static gboolean
export_public (Cli *cli, GError **error)
{
  if (!cli_flag (cli, "public")) {
    cr_set_error (error, CR_ERROR_USAGE,
                  "Say --public: certificate and public keys are written, nothing else.",
                  "Private keys do not leave the keyring.");
    return FALSE;
  }
  g_autoptr (MemberIdentity) identity = load (cli, error);
  if (identity == NULL)
    return FALSE;
  if (cli_json (cli)) {
    cli_out_json (identity_json (identity));
    return TRUE;
  }
  const char *folder = cli_value (cli, "out");
  const char *encryption = member_identity_encryption_pem (identity);
  if (folder == NULL) {
    cli_out ("%s%s", member_identity_certificate_pem (identity), encryption != NULL ? encryption : "");
    return TRUE;
  }
  g_autofree char *certificate = g_strdup_printf ("%s/%s_cert.pem", folder, member_identity_name (identity));
  g_autofree char *public_key = g_strdup_printf ("%s/%s_enc_pubk.pem", folder,
                                                 member_identity_name (identity));
  if (!cr_dir_make (folder, 0755, error)
      || !cr_file_write (certificate, member_identity_certificate_pem (identity), -1, 0644, error)
      || (encryption != NULL && !cr_file_write (public_key, encryption, -1, 0644, error)))
    return FALSE;
  cli_say ("Written: %s%s%s", certificate, encryption != NULL ? ", " : "",
           encryption != NULL ? public_key : "");
  return TRUE;
}

#define AS_OPTION                                                                                            \
  {                                                                                                          \
    "as", CLI_VALUE, "PERSONA", N_ ("whose keys, where several have one of this name")                       \
  }

static const CliOption list_options[] = {
  { "as", CLI_VALUE, "PERSONA", N_ ("only the entries of this persona") },
  { NULL, CLI_FLAG, NULL, NULL },
};
static const CliOption create_options[] = {
  { "as", CLI_VALUE, "PERSONA", N_ ("whose keys (default operator)") },
  { "recovery-key", CLI_FLAG, NULL, N_ ("also make a key that opens recovery shares") },
  { NULL, CLI_FLAG, NULL, NULL },
};
static const CliOption import_options[] = {
  { "name", CLI_VALUE, "NAME", N_ ("what it is called here") },
  { "cert", CLI_VALUE, "FILE", N_ ("PEM certificate of the member") },
  { "key", CLI_VALUE, "FILE", N_ ("PEM private key of the certificate (EC)") },
  { "encryption-key", CLI_VALUE, "FILE", N_ ("PEM private key that opens recovery shares (RSA)") },
  { "as", CLI_VALUE, "PERSONA", N_ ("whose it becomes (default " CLI_MEMBERS ")") },
  { NULL, CLI_FLAG, NULL, NULL },
};
static const CliOption show_options[] = { AS_OPTION, { NULL, CLI_FLAG, NULL, NULL } };
static const CliOption export_options[] = {
  AS_OPTION,
  { "public", CLI_FLAG, NULL, N_ ("certificate and public keys (nothing else can be exported)") },
  { "out", CLI_VALUE, "FOLDER", N_ ("write files there instead of printing") },
  { NULL, CLI_FLAG, NULL, NULL },
};

const CliCommand cli_keys_commands[] = {
  { "keys create", "NAME", N_ ("make a member identity in the keyring"),
    "cleanroom keys create custodian --recovery-key", 1, 1, create_options, create, TRUE },
  { "keys import", "", N_ ("take over a member identity made elsewhere"),
    "cleanroom keys import --name tdp --cert tdp_cert.pem --key tdp_privk.pem", 0, 0, import_options, import,
    TRUE },
  { "keys list", "", N_ ("what the keyring holds for this state folder"), "cleanroom keys list --json", 0, 0,
    list_options, list, FALSE },
  { "keys show", "NAME", N_ ("member id, expiry, public parts"), "cleanroom keys show ccfoperator", 1, 1,
    show_options, show, FALSE },
  { "keys export", "NAME", N_ ("write certificate and public keys"),
    "cleanroom keys export operator --public --out .", 1, 1, export_options, export_public, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
