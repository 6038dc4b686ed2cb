/* SPDX-License-Identifier: MIT
 * Shared access signatures: the string to sign, its time, place and protocol, and what it lets do
 * (blob-auth.h).
 */
#include "sandbox/blob-auth.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/secret.h"
#include "cloud/sign-private.h"

#include <arpa/inet.h>
#include <string.h>

#define OLDEST_VERSION "2018-11-09"
#define SCOPE_VERSION "2020-12-06" /* from here on the encryption scope is signed */

void
storage_sas_clear (StorageSas *sas)
{
  g_clear_pointer (&sas->letters, g_free);
  g_clear_pointer (&sas->version, g_free);
  g_clear_pointer (&sas->types, g_free);
}

/* The decoded parameter, "" when absent. Gives. */
static char *
field (const StorageCall *call, const char *name)
{
  char *value = sandbox_request_query (call->request, name);
  return value != NULL ? value : g_strdup ("");
}

/* Append each of NAMES with a line end; TERMINATE says whether the last has one too. */
static void
append_fields (const StorageCall *call, GString *text, const char *const *names, guint count,
               gboolean terminate)
{
  for (guint i = 0; i < count; i++) {
    g_autofree char *value = field (call, names[i]);
    g_string_append (text, value);
    if (terminate || i + 1 < count)
      g_string_append_c (text, '\n');
  }
}

/* Account SAS: every line ends. Gives. */
static char *
account_text (const StorageCall *call, gboolean with_scope)
{
  static const char *const names[] = { "sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses" };
  GString *text = g_string_new (call->account);
  g_string_append_c (text, '\n');
  append_fields (call, text, names, with_scope ? G_N_ELEMENTS (names) : G_N_ELEMENTS (names) - 1, TRUE);
  return g_string_free (text, FALSE);
}

/* Service SAS for a container ("c") or a blob ("b"). Gives. */
static char *
service_text (const StorageCall *call, const char *resource, gboolean with_scope)
{
  static const char *const first[] = { "sp", "st", "se" };
  static const char *const second[] = { "si", "sip", "spr", "sv", "sr", "snapshot" };
  static const char *const last[] = { "rscc", "rscd", "rsce", "rscl", "rsct" };
  static const char *const scope[] = { "ses" };
  GString *text = g_string_new (NULL);
  append_fields (call, text, first, G_N_ELEMENTS (first), TRUE);
  g_string_append_printf (text, "/blob/%s/%s", call->account, call->container);
  if (*resource == 'b')
    g_string_append_printf (text, "/%s", call->blob);
  g_string_append_c (text, '\n');
  append_fields (call, text, second, G_N_ELEMENTS (second), TRUE);
  if (with_scope)
    append_fields (call, text, scope, 1, TRUE);
  append_fields (call, text, last, G_N_ELEMENTS (last), FALSE);
  return g_string_free (text, FALSE);
}

static gboolean
signature_fits (const char *text, const char *claimed, GBytes *const keys[2])
{
  gboolean fits = FALSE;
  for (guint i = 0; i < 2; i++) {
    guint8 mac[32];
    gsize length = 0;
    const void *key = g_bytes_get_data (keys[i], &length);
    cloud_hmac_sha256 (key, length, text, strlen (text), mac);
    g_autofree char *made = cr_base64 (mac, sizeof mac);
    fits = cr_secret_equal (made, strlen (made), claimed, strlen (claimed)) || fits;
  }
  return fits;
}

/* "2026-01-01", "2026-01-01T10:00Z", "2026-01-01T10:00:00Z". FALSE for anything else. */
static gboolean
read_time (const char *text, gint64 *when_s)
{
  g_autofree char *full = NULL;
  if (g_regex_match_simple ("^\\d{4}-\\d\\d-\\d\\d$", text, G_REGEX_DOLLAR_ENDONLY, 0))
    full = g_strconcat (text, "T00:00:00Z", NULL);
  else if (g_regex_match_simple ("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\dZ$", text, G_REGEX_DOLLAR_ENDONLY, 0))
    full = g_strdup_printf ("%.16s:00Z", text);
  else if (g_str_has_suffix (text, "Z"))
    full = g_strdup (text);
  g_autoptr (GDateTime) time = full != NULL ? g_date_time_new_from_iso8601 (full, NULL) : NULL;
  if (time != NULL)
    *when_s = g_date_time_to_unix (time);
  return time != NULL;
}

static gboolean
check_time (StorageCall *call)
{
  g_autofree char *start = field (call, "st"), *end = field (call, "se");
  gint64 from = 0, to = 0, now = cr_now_seconds ();
  if (!read_time (end, &to) || (*start != '\0' && !read_time (start, &from))) {
    storage_unauthenticated (call, "st or se is not a time in UTC, or se is missing.");
    return FALSE;
  }
  if (now >= from && now < to)
    return TRUE;
  g_autofree char *current = cr_iso8601 (now * 1000);
  g_autofree char *detail = g_strdup_printf (
      "Signature not valid in the specified time frame: Start [%s] - Expiry [%s] - Current [%s]", start, end,
      current);
  storage_unauthenticated (call, detail);
  return FALSE;
}

/* "sip" is an address or "first-last"; every caller here comes from 127.0.0.1. */
static gboolean
address_fits (const char *range)
{
  g_auto (GStrv) ends = g_strsplit (range, "-", 2);
  struct in_addr first, last;
  if (inet_pton (AF_INET, ends[0], &first) != 1
      || inet_pton (AF_INET, ends[1] != NULL ? ends[1] : ends[0], &last) != 1)
    return FALSE;
  return ntohl (first.s_addr) <= INADDR_LOOPBACK && INADDR_LOOPBACK <= ntohl (last.s_addr);
}

static gboolean
check_origin (StorageCall *call)
{
  g_autofree char *address = field (call, "sip"), *protocol = field (call, "spr");
  if (*address != '\0' && !address_fits (address))
    storage_fail (call, 403, "AuthorizationSourceIPMismatch",
                  "This request is not authorized to perform this operation using this source IP 127.0.0.1.");
  else if (*protocol != '\0' && strcmp (protocol, "https") != 0 && strcmp (protocol, "https,http") != 0)
    storage_unauthenticated (call, "spr is https, or https,http.");
  else
    return TRUE;
  return FALSE;
}

/* Versions and forms that are not known here must not be taken for others. FALSE after answering. */
static gboolean
check_form (StorageCall *call, const StorageSas *sas, const char *resource)
{
  g_autofree char *policy = field (call, "si"), *user = field (call, "skoid");
  if (!storage_version_valid (sas->version) || strcmp (sas->version, OLDEST_VERSION) < 0)
    storage_unauthenticated (call, "sv must be " OLDEST_VERSION " or later.");
  else if (*user != '\0')
    storage_unauthenticated (call, "Signatures of a user delegation key are not accepted here.");
  else if (*policy != '\0')
    storage_unauthenticated (call, "There is no stored access policy of this name.");
  else if (sas->types == NULL && strcmp (resource, "b") != 0 && strcmp (resource, "c") != 0)
    storage_unauthenticated (call, "sr must be b or c.");
  else if (sas->types == NULL && (call->container == NULL || (*resource == 'b' && call->blob == NULL)))
    storage_unauthenticated (call, "Signature did not match.");
  else
    return TRUE;
  return FALSE;
}

gboolean
storage_sas_take (StorageCall *call, GBytes *const keys[2], StorageSas *sas)
{
  g_autofree char *resource = field (call, "sr"), *services = field (call, "ss"),
                  *claimed = field (call, "sig");
  sas->version = field (call, "sv");
  sas->letters = field (call, "sp");
  sas->types = sandbox_request_query (call->request, "srt");
  sas->one_blob = *resource == 'b';
  if (!check_form (call, sas, resource))
    return FALSE;
  gboolean with_scope = strcmp (sas->version, SCOPE_VERSION) >= 0;
  g_autofree char *text = sas->types != NULL ? account_text (call, with_scope)
                                             : service_text (call, resource, with_scope);
  if (!signature_fits (text, claimed, keys)) {
    storage_unauthenticated (call, "Signature did not match.");
    return FALSE;
  }
  if (!check_time (call) || !check_origin (call))
    return FALSE;
  if (sas->types == NULL || strchr (services, 'b') != NULL)
    return TRUE;
  storage_fail (call, 403, "AuthorizationServiceMismatch",
                "This request is not authorized to perform this operation using this service.");
  return FALSE;
}

static gboolean
refuse_permission (StorageCall *call)
{
  storage_fail (call, 403, "AuthorizationPermissionMismatch",
                "This request is not authorized to perform this operation using this permission.");
  return FALSE;
}

gboolean
storage_sas_allows (StorageCall *call, const StorageSas *sas, StorageLevel level, const char *letters)
{
  gboolean list = *letters == 'l';
  if (sas->types != NULL && strchr (sas->types, "sco"[level]) == NULL) {
    storage_fail (call, 403, "AuthorizationResourceTypeMismatch",
                  "This request is not authorized to perform this operation using this resource type.");
    return FALSE;
  }
  /* A service SAS is for blobs; of the container it only shows the list. */
  if (sas->types == NULL && level != STORAGE_LEVEL_BLOB && (!list || sas->one_blob))
    return refuse_permission (call);
  const char *granted = strpbrk (sas->letters, letters);
  if (granted == NULL)
    return refuse_permission (call);
  if (level != STORAGE_LEVEL_BLOB || strchr (letters, 'c') == NULL || strchr (sas->letters, 'w') != NULL)
    return TRUE;
  g_auto (StorageBlob) old = { 0 };
  if (!storage_blob_read (call->storage, call->instance, call->container, call->blob, &old))
    return TRUE;
  storage_fail (call, 403, "UnauthorizedBlobOverwrite",
                "This request is not authorized to perform blob overwrites.");
  return FALSE;
}

void
storage_sas_respond (StorageCall *call)
{
  static const struct {
    const char *name, *header;
  } overrides[] = { { "rscc", "Cache-Control" },
                    { "rscd", "Content-Disposition" },
                    { "rsce", "Content-Encoding" },
                    { "rscl", "Content-Language" },
                    { "rsct", "Content-Type" } };
  for (guint i = 0; i < G_N_ELEMENTS (overrides); i++) {
    g_autofree char *value = sandbox_request_query (call->request, overrides[i].name);
    if (value != NULL && g_str_is_ascii (value) && strpbrk (value, "\r\n") == NULL)
      sandbox_respond_header (call->response, overrides[i].header, value);
  }
}
