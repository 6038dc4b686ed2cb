/* SPDX-License-Identifier: MIT
 * Keys of the governance service: OIDC issuer, contract CA, signing, and secrets (service.h).
 */
#include "base/encode.h"
#include "base/error.h"
#include "cgs/cgs-private.h"
#include "cgs/service.h"

#include <string.h>

#define SECRET_MAX_UNITS 25600

/* ---- OIDC issuer ---- */

json_t *
cgs_oidc_info (CrJob *job, CcfClient *client, GError **error)
{
  return cgs_read (job, client, "POST", "/oidc/issuerInfo", error);
}

json_t *
cgs_oidc_keys (CrJob *job, CcfClient *client, GError **error)
{
  return cgs_read (job, client, "GET", "/oidc/keys", error);
}

json_t *
cgs_oidc_propose_enable (CrJob *job, CcfClient *client, GError **error)
{
  g_autofree char *kid = cr_random_hex (32);
  return cgs_propose (job, client, "enable_oidc_issuer", cgs_args ("kid", kid), error);
}

json_t *
cgs_oidc_propose_rotate (CrJob *job, CcfClient *client, GError **error)
{
  return cgs_propose (job, client, "oidc_issuer_enable_rotate_signing_key", json_object (), error);
}

json_t *
cgs_oidc_generate_key (CrJob *job, CcfClient *client, GError **error)
{
  return cgs_write (job, client, "POST", "/oidc/generateSigningKey", NULL, error);
}

gboolean
cgs_oidc_set_issuer_url (CrJob *job, CcfClient *client, const char *url, GError **error)
{
  g_autoptr (json_t) body = cgs_args ("url", url);
  return cgs_do (job, client, "POST", "/oidc/setIssuerUrl", body, error);
}

json_t *
cgs_oidc_propose_issuer_url (CrJob *job, CcfClient *client, const char *url, GError **error)
{
  return cgs_propose (job, client, "set_oidc_issuer_url", cgs_args ("issuer_url", url), error);
}

/* ---- Contract CA ---- */

json_t *
cgs_ca_propose_enable (CrJob *job, CcfClient *client, const char *contract_id, GError **error)
{
  return cgs_propose (job, client, "enable_ca", cgs_args ("contractId", contract_id), error);
}

json_t *
cgs_ca_propose_rotate (CrJob *job, CcfClient *client, const char *contract_id, GError **error)
{
  return cgs_propose (job, client, "ca_enable_rotate_signing_key", cgs_args ("contractId", contract_id),
                      error);
}

json_t *
cgs_ca_generate_key (CrJob *job, CcfClient *client, const char *contract_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/ca/generateSigningKey", contract_id);
  return cgs_write (job, client, "POST", path, NULL, error);
}

json_t *
cgs_ca_show (CrJob *job, CcfClient *client, const char *contract_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/ca/status", contract_id);
  return cgs_read (job, client, "POST", path, error);
}

/* ---- Signing service ---- */

json_t *
cgs_signing_propose_enable (CrJob *job, CcfClient *client, GError **error)
{
  g_autofree char *kid = cr_random_hex (32);
  return cgs_propose (job, client, "enable_signing", cgs_args ("kid", kid), error);
}

json_t *
cgs_signing_propose_rotate (CrJob *job, CcfClient *client, GError **error)
{
  return cgs_propose (job, client, "signing_enable_rotate_signing_key", json_object (), error);
}

json_t *
cgs_signing_generate_key (CrJob *job, CcfClient *client, GError **error)
{
  return cgs_write (job, client, "POST", "/signing/generateSigningKey", NULL, error);
}

json_t *
cgs_signing_info (CrJob *job, CcfClient *client, GError **error)
{
  return cgs_read (job, client, "POST", "/signing/info", error);
}

/* ---- Secrets ---- */

/* Length as the service counts it. */
static glong
utf16_units (const char *text)
{
  /* One per character, two per character outside the basic plane, whose UTF-8 form starts with F0 to F4. */
  glong units = g_utf8_strlen (text, -1);
  for (const char *c = text; *c != '\0'; c++)
    units += (guchar) *c >= 0xF0;
  return units;
}

char *
cgs_secret_put (CrJob *job, CcfClient *client, const char *contract_id, const char *name, const char *value,
                GError **error)
{
  if (value == NULL || *value == '\0' || !g_utf8_validate (value, -1, NULL)) {
    cgs_refuse (error, "ValueMissing", "The value of secret '%s' must be given as text.", name);
    return NULL;
  }
  if (utf16_units (value) > SECRET_MAX_UNITS) {
    cgs_refuse (error, "ValueTooLarge", "The value of secret '%s' is too long.", name);
    return NULL;
  }
  g_autofree char *path = cgs_path (error, "/contracts/%s/secrets/%s", contract_id, name);
  g_autoptr (json_t) body = cgs_args ("value", value);
  g_autoptr (json_t) answer = cgs_write (job, client, "PUT", path, body, error);
  return answer != NULL ? g_strdup (cr_json_get_string (answer, "secretId", "the stored secret", error))
                        : NULL;
}

json_t *
cgs_secret_list (CrJob *job, CcfClient *client, const char *contract_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/secrets", contract_id);
  return path != NULL ? cgs_list (job, client, path, error) : NULL;
}
