/* SPDX-License-Identifier: MIT
 * Checksums that travel with uploads: Content-MD5 or x-ms-content-crc64, never both.
 */
#include "sandbox/blob-private.h"

#include "base/encode.h"

#include <openssl/evp.h>
#include <string.h>

char *
storage_md5 (GBytes *bytes)
{
  gsize length = 0;
  const void *data = g_bytes_get_data (bytes, &length);
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest (data == NULL ? "" : data, length, digest, &size, EVP_md5 (), NULL) != 1)
    return NULL;
  return cr_base64 (digest, size);
}

/* CRC-64 of the storage service: reflected polynomial 0x9A6C9329AC4BC9B5, all ones before and after. */
guint64
storage_crc64 (const guint8 *data, gsize length)
{
  guint64 table[256];
  for (guint i = 0; i < 256; i++) {
    guint64 value = i;
    for (guint bit = 0; bit < 8; bit++)
      value = (value & 1) != 0 ? (value >> 1) ^ G_GUINT64_CONSTANT (0x9A6C9329AC4BC9B5) : value >> 1;
    table[i] = value;
  }
  guint64 crc = ~G_GUINT64_CONSTANT (0);
  for (gsize i = 0; i < length; i++)
    crc = table[(crc ^ data[i]) & 0xff] ^ (crc >> 8);
  return ~crc;
}

static gboolean
check_crc (StorageCall *call, const char *header)
{
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (call->request->body, &length);
  guint64 crc = GUINT64_TO_LE (storage_crc64 (data, length));
  g_autofree char *mine = cr_base64 (&crc, sizeof crc);
  if (strcmp (mine, header) == 0) {
    sandbox_respond_header (call->response, "x-ms-content-crc64", mine);
    return TRUE;
  }
  storage_fail (call, 400, "Crc64Mismatch",
                "The CRC64 value specified in the request did not match with the CRC64 value calculated by "
                "the server.");
  return FALSE;
}

gboolean
storage_check_sums (StorageCall *call, char **md5)
{
  const char *given = storage_header (call, "content-md5");
  const char *crc = storage_header (call, "x-ms-content-crc64");
  if (given != NULL && crc != NULL) {
    storage_fail (call, 400, "InvalidInput", "Content-MD5 and x-ms-content-crc64 must not both be sent.");
    return FALSE;
  }
  if (crc != NULL && !check_crc (call, crc))
    return FALSE;
  if (given == NULL && md5 == NULL)
    return TRUE;
  g_autofree char *mine = storage_md5 (call->request->body);
  if (given != NULL) {
    g_autoptr (GBytes) digest = cr_base64_decode (given, "Content-MD5", NULL);
    if (digest == NULL || g_bytes_get_size (digest) != 16) {
      storage_fail (call, 400, "InvalidMd5",
                    "The MD5 value specified in the request is invalid. MD5 value must be 128 bits and "
                    "base64-encoded.");
      return FALSE;
    }
    if (strcmp (mine, given) != 0) {
      storage_fail (call, 400, "Md5Mismatch",
                    "The MD5 value specified in the request did not match with the MD5 value calculated "
                    "by the server.");
      return FALSE;
    }
    sandbox_respond_header (call->response, "Content-MD5", mine);
  }
  if (md5 != NULL)
    *md5 = g_steal_pointer (&mine);
  return TRUE;
}
