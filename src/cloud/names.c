/* SPDX-License-Identifier: MIT
 * Names of cloud resources (names.h).
 */
#include "cloud/names.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* The namespace of the role assignment names; any fixed UUID will do. */
#define ROLE_NAMESPACE "6ba7b811-9dad-11d1-80b4-00c04fd430c8"

char *
cloud_u13 (const char *text)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA512);
  guint8 digest[64];
  gsize length = sizeof digest;
  g_checksum_update (sum, (const guchar *) text, (gssize) strlen (text));
  g_checksum_get_digest (sum, digest, &length);
  char *name = g_new0 (char, 14);
  for (guint i = 0; i < 13; i++)
    name[i] = (char) ('a' + digest[i + 1] % 26);
  return name;
}

typedef struct {
  const char *what;
  guint shortest, longest;
  const char *allowed;
  const char *rule;
} NameRule;

static gboolean
check (const NameRule *rule, const char *name, GError **error)
{
  gsize length = strlen (name);
  if (length >= rule->shortest && length <= rule->longest && strspn (name, rule->allowed) == length)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, rule->rule, "\"%s\" cannot be the name of a %s.", name, rule->what);
  return FALSE;
}

gboolean
cloud_check_storage_account_name (const char *name, GError **error)
{
  static const NameRule rule = { "storage account", 3, 24, LOWER DIGITS,
                                 "Use 3 to 24 lower-case letters and digits." };
  return check (&rule, name, error);
}

gboolean
cloud_check_vault_name (const char *name, GError **error)
{
  static const NameRule rule = { "key vault", 3, 24, LOWER UPPER DIGITS "-",
                                 "Use 3 to 24 letters, digits and hyphens." };
  return check (&rule, name, error);
}

gboolean
cloud_check_container_name (const char *name, GError **error)
{
  static const NameRule rule = { "container", 3, 63, LOWER DIGITS "-",
                                 "Use 3 to 63 lower-case letters, digits and single hyphens between them." };
  if (!check (&rule, name, error))
    return FALSE;
  if (name[0] != '-' && name[strlen (name) - 1] != '-' && strstr (name, "--") == NULL)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, rule.rule, "\"%s\" cannot be the name of a %s.", name, rule.what);
  return FALSE;
}

gboolean
cloud_check_credential_name (const char *name, GError **error)
{
  static const NameRule rule = { "federated credential", 3, 120, LOWER UPPER DIGITS "-_",
                                 "Use 3 to 120 letters, digits, hyphens and underscores." };
  if (!check (&rule, name, error))
    return FALSE;
  if (g_ascii_isalnum (name[0]))
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Start it with a letter or a digit.",
                "\"%s\" cannot be the name of a %s.", name, rule.what);
  return FALSE;
}

char *
cloud_role_assignment_name (const char *scope, const char *role, const char *principal)
{
  /* Resource ids are the same in any case of letters. */
  g_autofree char *text = g_strdup_printf ("%s|%s|%s", scope, role, principal);
  g_autofree char *lower = g_ascii_strdown (text, -1);
  return cr_uuid_v5 (ROLE_NAMESPACE, lower);
}
