/* SPDX-License-Identifier: MIT
 * Checksums that travel with uploads: Content-MD5 or x-ms-content-crc64, never both.
 */
#include "sandbox/blob-private.h"

#include "base/crc64.h"
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

/* The digest of what arrived, in base64. Gives. */
static char *
md5_of (const StorageCall *call, const StorageUpload *upload)
{
  guint8 digest[16];
  if (upload == NULL)
    return storage_md5 (call->request->body);
  storage_upload_md5 (upload, digest);
  return cr_base64 (digest, sizeof digest);
}

/* Compares with HEADER, if there is one, and answers with what was computed. */
static gboolean
check_crc (StorageCall *call, const StorageUpload *upload, const char *header)
{
  gsize length = 0;
  const void *data = g_bytes_get_data (call->request->body, &length);
  g_autofree char *mine = cr_crc64_base64_le (upload != NULL ? storage_upload_crc64 (upload)
                                                             : cr_crc64 (0, data, length));
  if (header == NULL || strcmp (mine, header) == 0) {
    sandbox_respond_header (call->response, "x-ms-content-crc64", mine);
    return TRUE;
  }
  storage_fail (call, 400, "Crc64Mismatch",
                "The CRC64 value specified in the request did not match with the CRC64 value calculated by "
                "the server.");
  return FALSE;
}

gboolean
storage_check_sums (StorageCall *call, const StorageUpload *upload, char **md5)
{
  const char *given = storage_header (call, "content-md5");
  const char *crc = storage_header (call, "x-ms-content-crc64");
  if (given != NULL && crc != NULL) {
    storage_fail (call, 400, "InvalidInput", "Content-MD5 and x-ms-content-crc64 must not both be sent.");
    return FALSE;
  }
  gboolean block = upload != NULL && md5 == NULL;
  if ((crc != NULL || (block && given == NULL)) && !check_crc (call, upload, crc))
    return FALSE;
  if (given == NULL && md5 == NULL)
    return TRUE;
  g_autofree char *mine = md5_of (call, upload);
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
