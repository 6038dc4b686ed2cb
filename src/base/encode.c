/* SPDX-License-Identifier: MIT
 * Hex, base64, base64url, percent encoding, digests, random identifiers (encode.h).
 */
#include "base/encode.h"

#include "base/error.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#define LITTLE 16384 /* bytes */

static const char hex_digits[] = "0123456789abcdef";

char *
cr_hex (const void *data, gsize length)
{
  const guint8 *bytes = data;
  char *text = g_malloc (length * 2 + 1);
  for (gsize i = 0; i < length; i++) {
    text[2 * i] = hex_digits[bytes[i] >> 4];
    text[2 * i + 1] = hex_digits[bytes[i] & 15];
  }
  text[length * 2] = '\0';
  return text;
}

GBytes *
cr_hex_decode (const char *text, GError **error)
{
  gsize length = strlen (text);
  guint8 *bytes = g_malloc (length / 2 + 1);
  for (gsize i = 0; i < length / 2; i++) {
    int high = g_ascii_xdigit_value (text[2 * i]);
    int low = g_ascii_xdigit_value (text[2 * i + 1]);
    if (high < 0 || low < 0) {
      length = 1;
      break;
    }
    bytes[i] = (guint8) (high << 4 | low);
  }
  if (length % 2 != 0) {
    g_free (bytes);
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The text is not hexadecimal.");
    return NULL;
  }
  return g_bytes_new_take (bytes, length / 2);
}

char *
cr_base64 (const void *data, gsize length)
{
  return g_base64_encode (length > 0 ? data : (const guint8 *) "", length);
}

char *
cr_base64_bytes (GBytes *bytes)
{
  gsize length;
  const void *data = g_bytes_get_data (bytes, &length);
  return cr_base64 (data, length);
}

/* GLib's decoder skips what it does not know; ours must not. */
static GBytes *
decode_strict (const char *text, gsize length, const char *extra, gboolean padded, const char *what,
               GError **error)
{
  gsize body = length;
  while (padded && body > 0 && length - body < 2 && text[body - 1] == '=')
    body--;
  gboolean good = (!padded || length % 4 == 0) && body % 4 != 1;
  for (gsize i = 0; good && i < body; i++)
    good = g_ascii_isalnum (text[i]) || text[i] == extra[0] || text[i] == extra[1];
  if (!good) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "%s is not valid base64.", what != NULL ? what : "The text");
    return NULL;
  }
  g_autoptr (GString) standard = g_string_new_len (text, (gssize) body);
  for (gsize i = 0; i < standard->len; i++)
    if (standard->str[i] == extra[0])
      standard->str[i] = '+';
    else if (standard->str[i] == extra[1])
      standard->str[i] = '/';
  while (standard->len % 4 != 0)
    g_string_append_c (standard, '=');
  gsize size = 0;
  guchar *bytes = g_base64_decode (standard->str, &size);
  OPENSSL_cleanse (standard->str, standard->len);
  return g_bytes_new_take (bytes, size);
}

GBytes *
cr_base64_decode (const char *text, const char *what, GError **error)
{
  return decode_strict (text, strlen (text), "+/", TRUE, what, error);
}

char *
cr_base64url (const void *data, gsize length)
{
  char *text = cr_base64 (data, length);
  for (char *c = text; *c != '\0'; c++)
    if (*c == '+')
      *c = '-';
    else if (*c == '/')
      *c = '_';
    else if (*c == '=') {
      *c = '\0';
      break;
    }
  return text;
}

GBytes *
cr_base64url_decode (const char *text, gssize length, const char *what, GError **error)
{
  return decode_strict (text, length < 0 ? strlen (text) : (gsize) length, "-_", FALSE, what, error);
}

char *
cr_percent_encode (const char *text, const char *keep)
{
  GString *encoded = g_string_new (NULL);
  for (const guchar *c = (const guchar *) text; *c != '\0'; c++)
    if (g_ascii_isalnum (*c) || strchr ("-_.~", *c) != NULL || (keep != NULL && strchr (keep, *c) != NULL))
      g_string_append_c (encoded, (char) *c);
    else
      g_string_append_printf (encoded, "%%%02X", *c);
  return g_string_free (encoded, FALSE);
}

char *
cr_percent_decode (const char *text, gssize length)
{
  gsize size = length < 0 ? strlen (text) : (gsize) length;
  GString *decoded = g_string_sized_new (size);
  for (gsize i = 0; i < size; i++) {
    if (text[i] == '%' && i + 2 < size && g_ascii_isxdigit (text[i + 1]) && g_ascii_isxdigit (text[i + 2])) {
      g_string_append_c (
          decoded, (char) (g_ascii_xdigit_value (text[i + 1]) << 4 | g_ascii_xdigit_value (text[i + 2])));
      i += 2;
    } else {
      g_string_append_c (decoded, text[i]);
    }
  }
  return g_string_free (decoded, FALSE);
}

/* OpenSSL is quicker, but starting it takes 2 MB of memory and as long as hashing a megabyte: a first screen
 * that compares a few small files does without. */
static void
sha256_of_little (const void *data, gsize length, guint8 digest[32])
{
  gsize size = 32;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (sum, data, (gssize) length);
  g_checksum_get_digest (sum, digest, &size);
}

void
cr_sha256 (const void *data, gsize length, guint8 digest[32])
{
  if (data != NULL && length <= LITTLE) {
    sha256_of_little (data, length, digest);
    return;
  }
  unsigned int size = 32;
  gboolean done = EVP_Digest (data != NULL ? data : "", length, digest, &size, EVP_sha256 (), NULL) == 1;
  g_assert (done);
}

char *
cr_sha256_hex (const void *data, gsize length)
{
  guint8 digest[32];
  cr_sha256 (data, length, digest);
  return cr_hex (digest, sizeof digest);
}

void
cr_random_bytes (void *buffer, gsize length)
{
  /* Without randomness nothing that follows could be trusted. */
  if (RAND_bytes (buffer, (int) length) != 1)
    g_error ("the system gives no random numbers");
}

char *
cr_random_hex (guint length)
{
  guint8 bytes[32];
  g_return_val_if_fail (length % 2 == 0 && length <= 2 * sizeof bytes, NULL);
  cr_random_bytes (bytes, length / 2);
  return cr_hex (bytes, length / 2);
}

static char *
uuid_text (guint8 bytes[16], guint version)
{
  bytes[6] = (guint8) ((bytes[6] & 0x0f) | version << 4);
  bytes[8] = (guint8) ((bytes[8] & 0x3f) | 0x80);
  g_autofree char *hex = cr_hex (bytes, 16);
  return g_strdup_printf ("%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

char *
cr_uuid_new (void)
{
  guint8 bytes[16];
  cr_random_bytes (bytes, sizeof bytes);
  return uuid_text (bytes, 4);
}

/* The UUID of NAME in a namespace: its digest, cut to 16 bytes. */
static char *
named_uuid (const char *namespace_uuid, const char *name, const EVP_MD *digest_type, guint version)
{
  g_autoptr (GString) hex = g_string_new (NULL);
  for (const char *c = namespace_uuid; *c != '\0'; c++)
    if (*c != '-')
      g_string_append_c (hex, *c);
  g_autoptr (GBytes) space = cr_hex_decode (hex->str, NULL);
  g_return_val_if_fail (space != NULL && g_bytes_get_size (space) == 16, NULL);

  g_autoptr (GByteArray) input = g_byte_array_new ();
  g_byte_array_append (input, g_bytes_get_data (space, NULL), 16);
  g_byte_array_append (input, (const guint8 *) name, (guint) strlen (name));
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest (input->data, input->len, digest, &size, digest_type, NULL);
  return uuid_text (digest, version);
}

char *
cr_uuid_v3 (const char *namespace_uuid, const char *name)
{
  return named_uuid (namespace_uuid, name, EVP_md5 (), 3);
}

char *
cr_uuid_v5 (const char *namespace_uuid, const char *name)
{
  return named_uuid (namespace_uuid, name, EVP_sha1 (), 5);
}
