/* SPDX-License-Identifier: MIT
 * OpenSSL failures as GError (openssl.h).
 */
#include "cose/openssl.h"

#include <openssl/err.h>

gboolean
cose_openssl_error (GError **error, CrErrorCode code, const char *what)
{
  unsigned long first = ERR_get_error ();
  const char *reason = first != 0 ? ERR_reason_error_string (first) : NULL;
  ERR_clear_error ();
  if (reason != NULL)
    cr_set_error (error, code, NULL, "%s: %s.", what, reason);
  else
    cr_set_error (error, code, NULL, "%s.", what);
  return FALSE;
}
