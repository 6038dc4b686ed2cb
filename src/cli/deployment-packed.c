/* SPDX-License-Identifier: MIT
 * What a packed application's deployment is agreed by (deployment.h).
 *
 * The policy of a confidential container group is the text in its ccePolicy; the hardware reports the
 * SHA-256 of that text as host data, and the clean room policy of the contract names it.
 */
#include "cli/deployment.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/show.h"

#include <string.h>

/* Every ccePolicy below VALUE, into FOUND. */
static void
collect_policies (json_t *value, GPtrArray *found)
{
  const char *key;
  json_t *member;
  size_t i;
  if (json_is_object (value))
    json_object_foreach (value, key, member) {
      if (strcmp (key, "ccePolicy") == 0 && json_is_string (member))
        g_ptr_array_add (found, (gpointer) (guintptr) json_string_value (member));
      else
        collect_policies (member, found);
    }
  else if (json_is_array (value))
    json_array_foreach (value, i, member)
      collect_policies (member, found);
}

/* The one policy of TEMPLATE, decoded. Gives. */
static GBytes *
policy_of (json_t *template, const char *path, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  collect_policies (template, found);
  for (guint i = 1; i < found->len; i++)
    if (strcmp (g_ptr_array_index (found, 0), g_ptr_array_index (found, i)) != 0) {
      cr_set_error (error, CR_ERROR_INPUT, "Give the template of one container group.",
                    "%s has several security policies.", path);
      return NULL;
    }
  g_autoptr (GBytes) policy = found->len > 0
                                  ? cr_base64_decode (g_ptr_array_index (found, 0), "ccePolicy", NULL)
                                  : NULL;
  gsize length = 0;
  const char *text = policy != NULL ? g_bytes_get_data (policy, &length) : NULL;
  if (length > 0 && g_utf8_validate (text, (gssize) length, NULL))
    return g_steal_pointer (&policy);
  cr_set_error (
      error, CR_ERROR_INPUT,
      "Let the tool that packs the application write its policy into the template first (az confcom "
      "acipolicygen).",
      "%s has no security policy: confidentialComputeProperties.ccePolicy is missing, empty or not base64.",
      path);
  return NULL;
}

static json_t *
governance_policy (const char *host_data)
{
  return json_pack ("{s:s,s:s,s:{s:b,s:s}}", "type", "add", "policyType", "snp-caci", "claims",
                    "x-ms-sevsnpvm-is-debuggable", 0, "x-ms-sevsnpvm-hostdata", host_data);
}

static char *
listed (const char *folder, const char *name, json_t *files)
{
  char *path = g_build_filename (folder, name, NULL);
  json_array_append_new (files, json_string (path));
  return path;
}

static gboolean
write_policy (const char *folder, const char *host_data, json_t *files, GError **error)
{
  g_autofree char *path = listed (folder, "cleanroom-governance-policy.json", files);
  g_autoptr (json_t) policy = governance_policy (host_data);
  return cr_json_save (policy, path, 0644, error);
}

gboolean
cli_generate_packed (Cli *cli, const char *folder, gboolean allow_all, GError **error)
{
  const char *template_path = cli_value (cli, "template-file");
  g_autoptr (json_t) files = json_array ();
  if (allow_all) {
    if (!cr_dir_make (folder, 0755, error) || !write_policy (folder, CLI_ALLOW_ALL_HOST_DATA, files, error))
      return FALSE;
    cli_say (_ ("This policy lets every software in: it is right for trying things out, and nowhere else."));
    return cli_show (cli, json_pack ("{s:O,s:s}", "files", files, "hostData", CLI_ALLOW_ALL_HOST_DATA), NULL);
  }
  g_autoptr (json_t) template = cr_json_load (template_path, error);
  g_autoptr (GBytes) policy = template != NULL ? policy_of (template, template_path, error) : NULL;
  if (policy == NULL || !cr_dir_make (folder, 0755, error))
    return FALSE;
  gsize length = 0;
  const void *text = g_bytes_get_data (policy, &length);
  g_autofree char *host_data = cr_sha256_hex (text, length);
  g_autofree char *copy = listed (folder, "cleanroom-arm-template.json", files);
  g_autofree char *rego = listed (folder, "cleanroom-policy.rego", files);
  if (!cr_json_save (template, copy, 0644, error) || !cr_file_write (rego, text, (gssize) length, 0644, error)
      || !write_policy (folder, host_data, files, error))
    return FALSE;
  return cli_show (cli, json_pack ("{s:O,s:s}", "files", files, "hostData", host_data), NULL);
}
