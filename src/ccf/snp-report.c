/* SPDX-License-Identifier: MIT
 * The fields of an SEV-SNP report, and the claims made of them (attestation.h).
 */
#include "ccf/attestation.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

/* Offsets of ATTESTATION_REPORT; integers are little-endian. */
enum {
  AT_VERSION = 0x00,
  AT_GUEST_SVN = 0x04,
  AT_POLICY = 0x08,
  AT_FAMILY_ID = 0x10,
  AT_IMAGE_ID = 0x20,
  AT_VMPL = 0x30,
  AT_SIGNATURE_ALGORITHM = 0x34,
  AT_CURRENT_TCB = 0x38,
  AT_FLAGS = 0x48,
  AT_REPORT_DATA = 0x50,
  AT_MEASUREMENT = 0x90,
  AT_HOST_DATA = 0xC0,
  AT_ID_KEY_DIGEST = 0xE0,
  AT_AUTHOR_KEY_DIGEST = 0x110,
  AT_REPORT_ID = 0x140,
  AT_REPORTED_TCB = 0x180,
  AT_CPU_FAMILY = 0x188,
  AT_CPU_MODEL = 0x189,
  AT_CHIP_ID = 0x1A0,
  AT_SIGNATURE_END = 0x2A0 + 2 * 72,
};

static guint64
little (const guint8 *bytes, guint offset, guint count)
{
  guint64 value = 0;
  for (guint i = 0; i < count; i++)
    value |= (guint64) bytes[offset + i] << (8 * i);
  return value;
}

static gboolean
refuse (GError **error, const char *text)
{
  cr_set_error (error, CR_ERROR_REFUSED,
                "Do not go on: ask the operator what changed, through another channel.",
                "The attestation report is not valid: %s.", text);
  return FALSE;
}

gboolean
ccf_snp_report_parse (GBytes *evidence, CcfSnpReport *report, GError **error)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (evidence, &size);
  if (size != CCF_SNP_REPORT_SIZE)
    return refuse (error, "it has the wrong size");
  memset (report, 0, sizeof *report);
  report->version = (guint32) little (bytes, AT_VERSION, 4);
  if (report->version < 2 || report->version > 5)
    return refuse (error, "its version is not known");
  report->signature_algorithm = (guint32) little (bytes, AT_SIGNATURE_ALGORITHM, 4);
  if (report->signature_algorithm != 1)
    return refuse (error, "its signature is of an unknown kind");
  /* Behind the signature nothing is signed, so nothing may stand there. */
  for (guint i = AT_SIGNATURE_END; i < CCF_SNP_REPORT_SIZE; i++)
    if (bytes[i] != 0)
      return refuse (error, "bytes stand where nothing is signed");
  report->guest_svn = (guint32) little (bytes, AT_GUEST_SVN, 4);
  report->policy = little (bytes, AT_POLICY, 8);
  report->vmpl = (guint32) little (bytes, AT_VMPL, 4);
  report->flags = (guint32) little (bytes, AT_FLAGS, 4);
  if (report->version >= 3) {
    report->cpu_family = bytes[AT_CPU_FAMILY];
    report->cpu_model = bytes[AT_CPU_MODEL];
  }
#define COPY(field, offset) memcpy (report->field, bytes + (offset), sizeof report->field)
  COPY (family_id, AT_FAMILY_ID);
  COPY (image_id, AT_IMAGE_ID);
  COPY (current_tcb, AT_CURRENT_TCB);
  COPY (reported_tcb, AT_REPORTED_TCB);
  COPY (report_data, AT_REPORT_DATA);
  COPY (measurement, AT_MEASUREMENT);
  COPY (host_data, AT_HOST_DATA);
  COPY (id_key_digest, AT_ID_KEY_DIGEST);
  COPY (author_key_digest, AT_AUTHOR_KEY_DIGEST);
  COPY (report_id, AT_REPORT_ID);
  COPY (chip_id, AT_CHIP_ID);
#undef COPY
  return TRUE;
}

static void
set_hex (json_t *claims, const char *name, const guint8 *data, gsize length)
{
  g_autofree char *text = cr_hex (data, length);
  cr_json_set_string (claims, name, text);
}

json_t *
ccf_snp_report_claims (const CcfSnpReport *report)
{
  json_t *claims = json_object ();
  g_autofree char *version = g_strdup_printf ("%u", report->version);
  cr_json_set_string (claims, "x-ms-ver", version);
  cr_json_set_int (claims, "x-ms-sevsnpvm-guestsvn", report->guest_svn);
  cr_json_set_bool (claims, "x-ms-sevsnpvm-smt-allowed", (report->policy & CCF_SNP_POLICY_SMT) != 0);
  cr_json_set_bool (claims, "x-ms-sevsnpvm-is-debuggable", (report->policy & CCF_SNP_POLICY_DEBUG) != 0);
  set_hex (claims, "x-ms-sevsnpvm-familyId", report->family_id, sizeof report->family_id);
  set_hex (claims, "x-ms-sevsnpvm-imageId", report->image_id, sizeof report->image_id);
  cr_json_set_int (claims, "x-ms-sevsnpvm-vmpl", report->vmpl);
  set_hex (claims, "x-ms-sevsnpvm-reportdata", report->report_data, sizeof report->report_data);
  set_hex (claims, "x-ms-sevsnpvm-launchmeasurement", report->measurement, sizeof report->measurement);
  set_hex (claims, "x-ms-sevsnpvm-hostdata", report->host_data, sizeof report->host_data);
  set_hex (claims, "x-ms-sevsnpvm-idkeydigest", report->id_key_digest, sizeof report->id_key_digest);
  set_hex (claims, "x-ms-sevsnpvm-authorkeydigest", report->author_key_digest,
           sizeof report->author_key_digest);
  set_hex (claims, "x-ms-sevsnpvm-reportid", report->report_id, sizeof report->report_id);
  return claims;
}
