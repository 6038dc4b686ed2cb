/* SPDX-License-Identifier: MIT
 * Private RSA keys as JSON Web Keys (jwk-private.h).
 */
#include "cose/jwk-private.h"

#include "base/encode.h"

#include <openssl/core_names.h>
#include <string.h>

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096

static const struct {
  const char *member, *param;
} members[] = { { "n", OSSL_PKEY_PARAM_RSA_N },          { "e", OSSL_PKEY_PARAM_RSA_E },
                { "d", OSSL_PKEY_PARAM_RSA_D },          { "p", OSSL_PKEY_PARAM_RSA_FACTOR1 },
                { "q", OSSL_PKEY_PARAM_RSA_FACTOR2 },    { "dp", OSSL_PKEY_PARAM_RSA_EXPONENT1 },
                { "dq", OSSL_PKEY_PARAM_RSA_EXPONENT2 }, { "qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1 } };

/* Unsigned, big-endian, as short as possible. Gives wiped memory; NULL when KEY has no such number. */
static CrSecretText
number_text (const EVP_PKEY *key, const char *param)
{
  BIGNUM *number = NULL;
  if (!EVP_PKEY_get_bn_param (key, param, &number))
    return NULL;
  guint8 bytes[RSA_BITS_MAX / 8];
  CrSecretText text = NULL;
  if (BN_num_bytes (number) <= (int) sizeof bytes) {
    int length = BN_bn2bin (number, bytes);
    char *plain = cr_base64url (bytes, (gsize) length);
    text = cr_secret_text_new (plain, -1);
    cr_wipe (plain, strlen (plain));
    g_free (plain);
  }
  cr_wipe (bytes, sizeof bytes);
  BN_clear_free (number);
  return text;
}

CrSecretText
cose_jwk_private_members (const EVP_PKEY *key, GError **error)
{
  char *all = g_strdup ("");
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    g_auto (CrSecretText) number = number_text (key, members[i].param);
    char *longer = number != NULL ? g_strdup_printf ("%s%s\"%s\":\"%s\"", all, i > 0 ? "," : "",
                                                     members[i].member, number)
                                  : NULL;
    cr_wipe (all, strlen (all));
    g_free (all);
    all = longer;
    if (all == NULL) {
      cr_set_error (error, CR_ERROR_BUG, NULL, "This is not a private RSA key of at most %d bits.",
                    RSA_BITS_MAX);
      return NULL;
    }
  }
  CrSecretText text = cr_secret_text_new (all, -1);
  cr_wipe (all, strlen (all));
  g_free (all);
  return text;
}

static gboolean
push_number (OSSL_PARAM_BLD *builder, GPtrArray *numbers, const json_t *jwk, guint i, GError **error)
{
  const char *text = cr_json_get_string (jwk, members[i].member, "the JSON Web Key", error);
  g_autoptr (GBytes) bytes = text != NULL ? cr_base64url_decode (text, -1, members[i].member, error) : NULL;
  if (bytes == NULL)
    return FALSE;
  BIGNUM *number = g_bytes_get_size (bytes) <= RSA_BITS_MAX / 8
                       ? BN_bin2bn (g_bytes_get_data (bytes, NULL), (int) g_bytes_get_size (bytes), NULL)
                       : NULL;
  if (number != NULL) {
    g_ptr_array_add (numbers, number);
    return OSSL_PARAM_BLD_push_BN (builder, members[i].param, number);
  }
  cr_set_error (error, CR_ERROR_INPUT, NULL, "The member '%s' of the JSON Web Key is too long.",
                members[i].member);
  return FALSE;
}

static void
number_free (gpointer number)
{
  BN_clear_free (number);
}

/* CR_ERROR_INPUT unless the parts belong to each other. */
static gboolean
check_pair (EVP_PKEY *key, GError **error)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
  int bits = EVP_PKEY_get_bits (key);
  if (bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX && context != NULL
      && EVP_PKEY_pairwise_check (context) == 1)
    return TRUE;
  return cose_openssl_error (error, CR_ERROR_INPUT, "The JSON Web Key is not a valid private RSA key");
}

EVP_PKEY *
cose_jwk_private_key (const json_t *jwk, GError **error)
{
  g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();
  g_autoptr (GPtrArray) numbers = g_ptr_array_new_with_free_func (number_free);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    if (!push_number (builder, numbers, jwk, i, error))
      return NULL;
  g_autoptr (OSSL_PARAM) params = OSSL_PARAM_BLD_to_param (builder);
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, "RSA", NULL);
  EVP_PKEY *raw = NULL;
  if (params == NULL || context == NULL || EVP_PKEY_fromdata_init (context) <= 0
      || EVP_PKEY_fromdata (context, &raw, EVP_PKEY_KEYPAIR, params) <= 0) {
    cose_openssl_error (error, CR_ERROR_INPUT, "The JSON Web Key is not a private RSA key");
    return NULL;
  }
  g_autoptr (EVP_PKEY) key = raw;
  return check_pair (key, error) ? g_steal_pointer (&key) : NULL;
}
