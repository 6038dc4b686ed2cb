/* SPDX-License-Identifier: MIT
 * Certificates of a vault ("Create Certificate", "Get Certificate Operation", "Get Certificate"):
 * self-signed only.
 *
 * A certificate has a key and a secret of its name; the secret holds both as PKCS #12 when the key is
 * exportable.
 */
#include "sandbox/vault-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "cose/x509.h"

#include <openssl/pkcs12.h>
#include <string.h>

#define DAYS_PER_MONTH (365.25 / 12)

/* What a policy asks for. */
typedef struct {
  const char *common_name;
  CoseKeyType type;
  guint days;
  gboolean exportable;
} Wanted;

static gboolean
refuse (SafeCall *call, const char *message)
{
  safe_fail (call, 400, "BadParameter", NULL, "%s", message);
  return FALSE;
}

static gboolean
read_policy (SafeCall *call, const json_t *policy, Wanted *wanted)
{
  const json_t *key = json_object_get (policy, "key_props"), *x509 = json_object_get (policy, "x509_props");
  const char *subject = cr_json_peek_string (x509, "subject"), *kty = cr_json_peek_string (key, "kty");
  const char *curve = cr_json_peek_string (key, "crv");
  const char *issuer = cr_json_peek_string (json_object_get (policy, "issuer"), "name");
  gint64 months = cr_json_peek_int (x509, "validity_months", 12);
  wanted->exportable = cr_json_peek_bool (key, "exportable", TRUE);
  wanted->days = (guint) (CLAMP (months, 1, 1200) * DAYS_PER_MONTH);
  wanted->type = g_strcmp0 (curve, "P-256") == 0 ? COSE_KEY_P256 : COSE_KEY_P384;
  if (g_strcmp0 (issuer, "Self") != 0)
    return refuse (call, "This vault has no issuer but Self.");
  if (g_strcmp0 (kty, "EC") != 0 || (g_strcmp0 (curve, "P-384") != 0 && g_strcmp0 (curve, "P-256") != 0))
    return refuse (call, "This vault makes certificates for EC keys on P-256 and P-384.");
  if (subject == NULL || !g_str_has_prefix (subject, "CN=") || subject[3] == '\0' || strlen (subject) > 67
      || strchr (subject, ',') != NULL)
    return refuse (call, "Property policy.x509_props.subject must be CN=name.");
  wanted->common_name = subject + 3;
  return TRUE;
}

/* Key and certificate as base64 of PKCS #12 without a password. Gives. */
static char *
pack (EVP_PKEY *key, X509 *certificate)
{
  PKCS12 *package = PKCS12_create ("", NULL, key, certificate, NULL, 0, 0, 0, 0, 0);
  unsigned char *der = NULL;
  int length = package != NULL ? i2d_PKCS12 (package, &der) : 0;
  char *text = length > 0 ? cr_base64 (der, (gsize) length) : NULL;
  PKCS12_free (package);
  OPENSSL_clear_free (der, length > 0 ? (size_t) length : 0);
  return text;
}

static gboolean
keep (SafeCall *call, const char *version, EVP_PKEY *key, X509 *certificate, gboolean exportable,
      const json_t *policy, GError **error)
{
  CrDb *db = call->vault->db;
  gint64 now = cr_now_ms ();
  g_autofree char *package = exportable ? pack (key, certificate) : g_strdup ("");
  g_autofree char *text = cr_json_dump (policy);
  g_autoptr (GBytes) der = cose_cert_to_der (certificate);
  if (package == NULL
      || !safe_key_keep (call, version, key, "EC", json_pack ("[s,s]", "sign", "verify"), error)
      || !cr_db_run (db, error,
                     "INSERT INTO secrets (instance, name, version, created_ms, value, type)"
                     " VALUES (?, ?, ?, ?, ?, 'application/x-pkcs12')",
                     "sssis", call->instance, call->object, version, now, package))
    return FALSE;
  return cr_db_run (db, error,
                    "INSERT INTO certificates (instance, name, version, created_ms, cer, policy)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    "sssibs", call->instance, call->object, version, now, der, text);
}

/* The operation that makes a certificate, which ends at once here. Gives. */
static json_t *
operation (SafeCall *call, const char *status)
{
  g_autofree char *name = safe_id (call, "certificates", call->object, NULL);
  g_autofree char *id = g_strconcat (name, "/pending", NULL);
  return json_pack ("{s:s, s:{s:s}, s:b, s:s, s:s, s:s}", "id", id, "issuer", "name", "Self",
                    "cancellation_requested", FALSE, "status", status, "target", name, "request_id",
                    call->object);
}

void
safe_certificate_create (SafeCall *call)
{
  Wanted wanted = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) body = safe_body (call);
  const json_t *policy = json_object_get (body, "policy");
  if (body == NULL || !read_policy (call, policy, &wanted))
    return;
  g_autofree char *version = cr_random_hex (32);
  g_autoptr (EVP_PKEY) key = cose_key_new (wanted.type, &error);
  g_autoptr (X509) certificate = key != NULL
                                     ? cose_cert_new_member (wanted.common_name, key, wanted.days, &error)
                                     : NULL;
  if (certificate == NULL || !cr_db_begin (call->vault->db, &error)) {
    safe_broken (call, error);
    return;
  }
  if (!keep (call, version, key, certificate, wanted.exportable, policy, &error)) {
    cr_db_rollback (call->vault->db);
    safe_broken (call, error);
  } else if (cr_db_commit (call->vault->db, &error))
    sandbox_respond_json (call->response, 202, operation (call, "inProgress"));
  else
    safe_broken (call, error);
}

/* {id, kid, sid, cer, attributes, policy}. Gives; NULL after answering. */
static json_t *
find (SafeCall *call)
{
  CrDb *db = call->vault->db;
  g_autoptr (GError) error = NULL;
  json_t *bundle = NULL;
  cr_db_lock (db);
  sqlite3_stmt *row =
      cr_db_query (db, &error,
                   "SELECT version, cer, policy, created_ms FROM certificates WHERE instance = ?"
                   " AND name = ? AND (version = ? OR ? IS NULL) ORDER BY seq DESC LIMIT 1",
                   "ssss", call->instance, call->object, call->version, call->version);
  if (row != NULL && cr_db_step (db, row, &error)) {
    g_autofree char *version = cr_db_text (row, 0), *text = cr_db_text (row, 2);
    g_autoptr (GBytes) der = cr_db_blob (row, 1);
    json_int_t created = sqlite3_column_int64 (row, 3) / 1000;
    g_autofree char *id = safe_id (call, "certificates", call->object, version);
    g_autofree char *kid = safe_id (call, "keys", call->object, version);
    g_autofree char *sid = safe_id (call, "secrets", call->object, version);
    g_autofree char *cer = cr_base64_bytes (der);
    bundle = json_pack ("{s:s, s:s, s:s, s:s, s:{s:b, s:I, s:I}}", "id", id, "kid", kid, "sid", sid, "cer",
                        cer, "attributes", "enabled", TRUE, "created", created, "updated", created);
    cr_json_set (bundle, "policy", cr_json_parse (text, strlen (text), "a stored policy", NULL));
  }
  cr_db_done (row);
  cr_db_unlock (db);
  if (bundle == NULL && error != NULL)
    safe_broken (call, error);
  else if (bundle == NULL)
    safe_fail (call, 404, "CertificateNotFound", NULL,
               "A certificate with (name/id) %s was not found in this key vault.", call->object);
  return bundle;
}

void
safe_certificate_get (SafeCall *call)
{
  json_t *bundle = find (call);
  if (bundle != NULL)
    sandbox_respond_json (call->response, 200, bundle);
}

void
safe_certificate_pending (SafeCall *call)
{
  g_autoptr (json_t) bundle = find (call);
  if (bundle != NULL)
    sandbox_respond_json (call->response, 200, operation (call, "completed"));
}
