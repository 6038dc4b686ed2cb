/* SPDX-License-Identifier: MIT
 * "protection" of access points: how data is encrypted and where its keys are (dataset.h).
 */
#include "data/dataset.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

/* {"name", "secret": {"secretType", "backingResource"}}. Gives. */
static json_t *
secret (const char *name, const char *store, const char *protocol, const char *url, const char *configuration)
{
  return json_pack ("{s:s, s:{s:s, s:{s:s, s:s, s:s, s:{s:s, s:s, s:s}}}}", "name", name, "secret",
                    "secretType", "Key", "backingResource", "type", "AzureKeyVault", "name", name, "id",
                    store, "provider", "protocol", protocol, "url", url, "configuration", configuration);
}

char *
data_secret_reference (const char *secret_id)
{
  if (secret_id == NULL)
    return g_strdup ("");
  g_autoptr (json_t) reference = json_pack ("{s:s}", "secretId", secret_id);
  g_autofree char *text = cr_json_dump (reference);
  return cr_base64 (text, strlen (text));
}

const char *
data_store_type (const DataAccessPointSpec *spec)
{
  if (spec->store_type != NULL)
    return spec->store_type;
  return spec->secret_id != NULL ? "Aws_S3" : "Azure_BlobStorage";
}

/* {"dek", "kek"} */
static json_t *
encryption_secrets (const DataProtectionKeys *keys)
{
  g_autoptr (json_t) authority = json_pack ("{s:s}", "authority", keys->authority);
  g_autofree char *authority_text = cr_json_dump (authority);
  g_autofree char *encoded = cr_base64 (authority_text, strlen (authority_text));
  json_t *secrets = json_object ();
  cr_json_set (secrets, "dek",
               secret (keys->dek_name, keys->dek_store, "AzureKeyVault_Secret", keys->vault_url, ""));
  cr_json_set (secrets, "kek",
               secret (keys->kek_name, keys->kek_store, "AzureKeyVault_SecureKey",
                       keys->kek_url != NULL ? keys->kek_url : keys->vault_url, encoded));
  return secrets;
}

json_t *
data_protection (const DataAccessPointSpec *spec)
{
  const char *mode = spec->mode != NULL ? spec->mode : spec->keys != NULL ? "CPK" : "SSE";
  g_autofree char *text = g_strdup_printf ("{\"KeyType\":\"KEK\",\"EncryptionMode\":\"%s\"}", mode);
  g_autofree char *configuration = cr_base64 (text, strlen (text));
  g_auto (GStrv) words = g_strsplit (data_store_type (spec), "_", -1);
  g_autofree char *kind = g_strjoinv ("__", words);
  g_autofree char *type = g_strdup_printf (
      "SecureVolume__%s__%s", spec->access == DATA_ACCESS_WRITE ? "ReadWrite" : "ReadOnly", kind);
  json_t *protection = json_pack ("{s:s, s:s, s:s}", "proxyType", type, "proxyMode", "Secure",
                                  "configuration", configuration);
  if (spec->keys == NULL)
    return protection;
  cr_json_set (protection, "encryptionSecrets", encryption_secrets (spec->keys));
  cr_json_set (protection, "encryptionSecretAccessIdentity", data_identity (spec));
  return protection;
}

void
data_protection_clear (DataProtection *protection)
{
  char **texts[] = { &protection->mode,     &protection->dek_name, &protection->dek_url,
                     &protection->kek_name, &protection->kek_url,  &protection->authority };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_clear_pointer (texts[i], g_free);
}

static gboolean
refuse (GError **error, const char *code, const char *text)
{
  cr_set_named_error (error, CR_ERROR_REFUSED, code, "The owner of the dataset has to publish it again.",
                      "%s", text);
  return FALSE;
}

/* JSON inside a base64 text; NULL when it is not. Gives. */
static json_t *
decode (const char *text)
{
  g_autoptr (GBytes) bytes = text != NULL && *text != '\0' ? cr_base64_decode (text, "the text", NULL) : NULL;
  return bytes != NULL ? cr_json_parse_bytes (bytes, "the text", NULL) : NULL;
}

static const json_t *
resource_of (const json_t *entry)
{
  return json_object_get (json_object_get (entry, "secret"), "backingResource");
}

static gboolean
read_secrets (const json_t *protection, DataProtection *read, GError **error)
{
  const json_t *secrets = json_object_get (protection, "encryptionSecrets");
  const json_t *dek = resource_of (json_object_get (secrets, "dek"));
  const json_t *kek_entry = json_object_get (secrets, "kek"), *kek = resource_of (kek_entry);
  const json_t *dek_provider = json_object_get (dek, "provider"),
               *kek_provider = json_object_get (kek, "provider");
  if (!json_is_object (json_object_get (protection, "encryptionSecretAccessIdentity")))
    return refuse (error, "AccessIdentityMissing", "The encryption secret access identity is missing.");
  if (g_strcmp0 (cr_json_peek_string (dek, "type"), "AzureKeyVault") != 0
      || cr_json_peek_string (dek_provider, "url") == NULL)
    return refuse (error, "UnexpectedSecretBackingResourceType", "The DEK must be a secret of a key vault.");
  if (!json_is_object (kek_entry) || cr_json_peek_string (kek_provider, "url") == NULL)
    return refuse (error, "KekNotSet", "The KEK is not set.");
  const char *configuration = cr_json_peek_string (kek_provider, "configuration");
  if (configuration == NULL || *configuration == '\0')
    return refuse (error, "KekProviderConfigurationMissing",
                   "The provider configuration of the KEK is missing.");
  g_autoptr (json_t) settings = decode (configuration);
  const char *authority = cr_json_peek_string (settings, "authority");
  if (authority == NULL || *authority == '\0')
    return refuse (error, "KekProviderConfigurationAuthorityMissing",
                   "The provider configuration of the KEK names no attestation authority.");
  read->dek_name = g_strdup (cr_json_peek_string (dek, "name"));
  read->dek_url = g_strdup (cr_json_peek_string (dek_provider, "url"));
  read->kek_name = g_strdup (cr_json_peek_string (kek, "name"));
  read->kek_url = g_strdup (cr_json_peek_string (kek_provider, "url"));
  read->authority = g_strdup (authority);
  return (read->dek_name != NULL && read->kek_name != NULL)
         || refuse (error, "KekNotSet", "The names of the encryption secrets are not set.");
}

gboolean
data_protection_read (const json_t *access_point, DataProtection *read, GError **error)
{
  const json_t *protection = json_object_get (access_point, "protection");
  g_autoptr (json_t) settings = decode (cr_json_peek_string (protection, "configuration"));
  const char *mode = cr_json_peek_string (settings, "EncryptionMode");
  read->mode = g_strdup (mode != NULL ? mode : "SSE");
  gboolean secrets = json_is_object (json_object_get (protection, "encryptionSecrets"));
  if (secrets)
    return read_secrets (protection, read, error);
  if (strcmp (read->mode, "SSE") == 0)
    return TRUE;
  return refuse (error, "KekNotSet", "The dataset is encrypted with its owner's key and names no secrets.");
}
