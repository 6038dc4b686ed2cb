/* SPDX-License-Identifier: MIT
 * Certificates of service and nodes made anew for the same keys, as proposals ask for. CCF governance,
 * set_service_certificate_validity and set_node_certificate_validity.
 *
 * A proposal writes the new certificates; the node takes them over once that is committed. Its listener
 * goes on with the node certificate that it began with until the next start: clients check that against the
 * service key, which stays.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/sandbox-pki.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

#define MAX_DAYS 365

/* YYYYMMDDHHMMSSZ or YYMMDDHHMMSSZ. */
static GDateTime *
read_asn1_time (const char *text)
{
  gsize digits = strspn (text, "0123456789");
  int year, month, day, hour, minute, second;
  if ((digits != 14 && digits != 12) || strcmp (text + digits, "Z") != 0)
    return NULL;
  if (sscanf (text, digits == 14 ? "%4d%2d%2d%2d%2d%2d" : "%2d%2d%2d%2d%2d%2d", &year, &month, &day, &hour,
              &minute, &second)
      != 6)
    return NULL;
  return g_date_time_new_utc (digits == 14 ? year
                              : year < 50  ? 2000 + year
                                           : 1900 + year,
                              month, day, hour, minute, second);
}

/* When and how long; what is wrong is the text of the script's exception. */
static gboolean
read_validity (const json_t *args, const char *whose, gint64 *from, guint *days, GError **error)
{
  const char *text = cr_json_peek_string (args, "valid_from");
  gint64 wanted = cr_json_peek_int (args, "validity_period_days", MAX_DAYS);
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = text ? read_asn1_time (text) : NULL;
  if (!time && text)
    time = g_date_time_new_from_iso8601 (text, utc);
  if (wanted > MAX_DAYS) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL,
                  "Validity period %" G_GINT64_FORMAT " (days) is not allowed: %smax allowed is %d (days)",
                  wanted, whose, MAX_DAYS);
    return FALSE;
  }
  if (!time) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL, "'%s' is not a valid time: cannot convert valid_from",
                  text ? text : "");
    return FALSE;
  }
  *from = g_date_time_to_unix (time);
  *days = (guint) wanted;
  return TRUE;
}

gboolean
ccf_certificates_renew_service (CcfNode *node, const json_t *args, GError **error)
{
  Store *store = ccf_store (node);
  gint64 from = 0;
  guint days = 0;
  g_autoptr (json_t) info = gov_service_info (store);
  if (!read_validity (args, "service ", &from, &days, error))
    return FALSE;
  g_autoptr (X509) certificate = ccf_node_issue_service (node, from, days, error);
  if (!certificate)
    return FALSE;
  g_autofree char *pem = cose_cert_to_pem (certificate);
  cr_json_set_string (info, "cert", pem);
  store_put_json (store, MAP_SERVICE, THE_KEY, info);
  ccf_node_note_renewal (node);
  return TRUE;
}

gboolean
ccf_certificates_renew_node (CcfNode *node, const char *id, const json_t *args, GError **error)
{
  Store *store = ccf_store (node);
  gint64 from = 0;
  guint days = 0;
  if (!read_validity (args, "", &from, &days, error))
    return FALSE;
  if (strcmp (id, ccf_node_id (node)) != 0)
    return TRUE; /* a node of before a recovery: nobody has its key */
  g_autoptr (json_t) record = store_get_json (store, MAP_NODES, id);
  g_autoptr (X509) certificate = ccf_node_issue_node (node, from, days, error);
  if (!certificate)
    return FALSE;
  g_autofree char *pem = cose_cert_to_pem (certificate);
  cr_json_set_string (record, "certificate", pem);
  store_put_json (store, MAP_NODES, id, record);
  ccf_node_note_renewal (node);
  return TRUE;
}

gboolean
ccf_certificates_renew_nodes (CcfNode *node, const json_t *args, GError **error)
{
  g_autoptr (GPtrArray) ids = store_keys (ccf_store (node), MAP_NODES);
  for (guint i = 0; i < ids->len; i++)
    if (!ccf_certificates_renew_node (node, g_ptr_array_index (ids, i), args, error))
      return FALSE;
  return TRUE;
}

void
ccf_certificates_settle (CcfNode *node)
{
  Store *store = ccf_store (node);
  if (!ccf_node_take_renewal (node) || !store_begin (store, NULL))
    return;
  g_autoptr (json_t) info = gov_service_info (store);
  g_autoptr (json_t) record = store_get_json (store, MAP_NODES, ccf_node_id (node));
  store_abort (store);
  ccf_node_adopt (node, cr_json_peek_string (info, "cert"), cr_json_peek_string (record, "certificate"));
}
