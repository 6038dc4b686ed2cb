/* SPDX-License-Identifier: MIT
 * What does not fit together in a specification: names that lead nowhere, doors that stand open.
 *
 * The codes are those of the model layer of azure-cleanroom where it has one.
 */
#include "spec/private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"
#include "data/dataset.h"

#include <string.h>

#define FIELD(...) g_autofree char *field = g_strdup_printf (__VA_ARGS__)

static gboolean
is_map (const CrYaml *node)
{
  return node != NULL && cr_yaml_type (node) == CR_YAML_MAP;
}

static const char *
name_of (const CrYaml *entry)
{
  return is_map (entry) ? cr_yaml_optional (entry, "name") : NULL;
}

static const CrYaml *
find_name (const CrYaml *list, const char *name)
{
  for (guint i = 0; i < cr_yaml_length (list); i++)
    if (g_strcmp0 (name_of (cr_yaml_item (list, i)), name) == 0)
      return cr_yaml_item (list, i);
  return NULL;
}

/* The member at PATH ("http.inbound.enabled"); NULL when there is none. */
static const CrYaml *
at (const CrYaml *node, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, ".", -1);
  for (char **name = names; *name != NULL && node != NULL; name++)
    node = is_map (node) ? cr_yaml_get (node, *name) : NULL;
  return node;
}

static gboolean
is_null (const CrYaml *node)
{
  return node == NULL || (cr_yaml_type (node) == CR_YAML_SCALAR && cr_yaml_is_null (node));
}

static gboolean
is_true (const CrYaml *node)
{
  const char *text = cr_yaml_text (node);
  return text != NULL && g_ascii_strcasecmp (text, "true") == 0;
}

static void
check_duplicates (const CrYaml *root, const char *section, GPtrArray *findings)
{
  const CrYaml *list = cr_yaml_get (root, section);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < cr_yaml_length (list); i++) {
    const char *name = name_of (cr_yaml_item (list, i));
    if (name == NULL || g_hash_table_add (seen, (gpointer) (gsize) name))
      continue;
    FIELD ("%s[%u].name", section, i);
    g_autofree char *safe = cr_text_safe (name);
    spec_find (findings, FALSE, "DuplicateName", cr_yaml_item (list, i), field,
               N_ ("there is another entry named '%s'; the first one is used."), safe);
  }
}

/* --- applications --- */

static void
check_mounts (const CrYaml *root, const CrYaml *application, guint index, const char *section,
              const char *code, GPtrArray *findings)
{
  const CrYaml *mounts = cr_yaml_get (application, section);
  if (!is_map (mounts))
    return;
  const char *other = strcmp (section, "datasources") == 0 ? "datasinks" : "datasources";
  for (guint i = 0; i < cr_yaml_length (mounts); i++) {
    const char *name = cr_yaml_key (mounts, i), *path = cr_yaml_text (cr_yaml_item (mounts, i));
    FIELD ("applications[%u].%s.%s", index, section, name);
    g_autofree char *safe = cr_text_safe (name);
    if (find_name (cr_yaml_get (root, section), name) == NULL) {
      gboolean elsewhere = find_name (cr_yaml_get (root, other), name) != NULL;
      spec_find (findings, TRUE, code, cr_yaml_item (mounts, i), field,
                 elsewhere ? N_ ("'%s' is not among the %s of this file, but among its %s.")
                           : N_ ("'%s' is not among the %s of this file (nor among its %s)."),
                 safe, section, other);
    }
    if (path != NULL && *path != '/')
      spec_find (findings, FALSE, "MountPathNotAbsolute", cr_yaml_item (mounts, i), field,
                 N_ ("the folder to mount it at should begin with '/'."));
  }
}

static void
check_image (const CrYaml *application, guint index, GPtrArray *findings)
{
  const CrYaml *node = at (application, "image.executable.backingResource.id");
  const char *image = cr_yaml_text (node);
  if (image == NULL || g_regex_match_simple ("@sha256:[0-9a-f]{64}$", image, G_REGEX_DOLLAR_ENDONLY, 0))
    return;
  FIELD ("applications[%u].image.executable.backingResource.id", index);
  spec_find (
      findings, FALSE, "ImageWithoutDigest", node, field,
      N_ ("the image is not named by its whole digest (NAME@sha256:64 hex digits), so that what runs can "
          "change after everybody agreed."));
}

static void
check_ports (const CrYaml *root, const CrYaml *application, guint index, GHashTable *used,
             GPtrArray *findings)
{
  const CrYaml *ports = at (application, "runtimeSettings.ports");
  guint count = ports != NULL && cr_yaml_type (ports) == CR_YAML_LIST ? cr_yaml_length (ports) : 0;
  for (guint i = 0; i < count; i++) {
    const CrYaml *node = cr_yaml_item (ports, i);
    const char *text = cr_yaml_text (node);
    guint64 port = 0;
    FIELD ("applications[%u].runtimeSettings.ports[%u]", index, i);
    if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, 65535, &port, NULL)) {
      spec_find (findings, TRUE, "InvalidPort", node, field, N_ ("a port is a number from 1 to 65535."));
      continue;
    }
    if (!g_hash_table_add (used, GUINT_TO_POINTER ((guint) port)))
      spec_find (findings, TRUE, "DuplicatePort", node, field, N_ ("port %u is used twice."), (guint) port);
  }
  if (count > 0 && !is_true (at (root, "network.http.inbound.enabled"))) {
    FIELD ("applications[%u].runtimeSettings.ports", index);
    spec_find (findings, FALSE, "InboundTrafficNotAllowed", ports, field,
               N_ ("the application has ports, but nothing may come in; see config network http enable "
                   "--direction inbound."));
  }
}

static void
check_applications (const CrYaml *root, GPtrArray *findings)
{
  const CrYaml *list = cr_yaml_get (root, "applications");
  g_autoptr (GHashTable) used = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < cr_yaml_length (list); i++) {
    const CrYaml *application = cr_yaml_item (list, i);
    if (!is_map (application))
      continue;
    check_mounts (root, application, i, "datasources", "DataStoreNotFound", findings);
    check_mounts (root, application, i, "datasinks", "DatasinkNotFound", findings);
    check_image (application, i, findings);
    check_ports (root, application, i, used, findings);
  }
  if (cr_yaml_length (list) > 1)
    spec_find (findings, FALSE, "MultipleApplications", list, "applications",
               N_ ("there are %u applications; clean rooms are usually made for one."),
               cr_yaml_length (list));
}

/* --- access points --- */

/* The identity is a copy of the one in the list, made when the access point was added. */
static void
check_identity (const CrYaml *root, const CrYaml *point, const char *field, gboolean needed,
                GPtrArray *findings)
{
  const CrYaml *identity = cr_yaml_get (point, "identity");
  if (is_null (identity)) {
    if (needed)
      spec_find (findings, FALSE, "IdentityConfigurationNotFound", point, field,
                 N_ ("there is no identity; the clean room cannot reach a store in Azure without one."));
    return;
  }
  const char *name = name_of (identity);
  const CrYaml *listed = name != NULL ? find_name (cr_yaml_get (root, "identities"), name) : NULL;
  if (name == NULL)
    return;
  g_autofree char *safe = cr_text_safe (name);
  if (listed == NULL) {
    spec_find (findings, FALSE, "IdentityConfigurationNotFound", identity, field,
               N_ ("the identity '%s' is not among the identities of this file."), safe);
    return;
  }
  g_autoptr (json_t) copy = cr_yaml_to_json (identity), now = cr_yaml_to_json (listed);
  if (!json_equal (copy, now))
    spec_find (findings, FALSE, "IdentityChanged", identity, field,
               N_ ("the identity '%s' was changed since this was added; add it again."), safe);
}

gboolean
spec_subdirectory_good (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);
  return !g_strv_contains ((const char *const *) parts, "..")
         && !g_strv_contains ((const char *const *) parts, ".");
}

/* The mode that the base64 TEXT of protection.configuration says; NULL when it says none. Gives. */
static char *
mode_in (const char *text)
{
  g_autoptr (GBytes) bytes = cr_base64_decode (text, "protection.configuration", NULL);
  gsize length = 0;
  const char *json = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
  g_autoptr (json_t) value = json != NULL ? cr_json_parse (json, length, "protection.configuration", NULL)
                                          : NULL;
  return g_strdup (cr_json_peek_string (value, "EncryptionMode"));
}

/* What the clean room would stumble over only when it runs. */
static void
check_settings (const CrYaml *point, const char *section, guint index, GPtrArray *findings)
{
  static const char *const modes[] = { "SSE", "CPK", "CSE", "None", NULL };
  const CrYaml *node = at (point, "protection.configuration");
  const char *text = node != NULL && !is_null (node) ? cr_yaml_text (node) : NULL;
  g_autofree char *mode = text != NULL && *text != '\0' ? mode_in (text) : g_strdup ("SSE");
  if (mode == NULL || !g_strv_contains (modes, mode)) {
    FIELD ("%s[%u].protection.configuration", section, index);
    spec_find (
        findings, TRUE, "UnknownEncryptionMode", node, field,
        N_ ("it does not say how the data is encrypted: base64 of {\"EncryptionMode\": \"SSE\"}, CPK or "
            "CSE is expected."));
  }
  const CrYaml *part = cr_yaml_get (point, "subdirectory");
  const char *path = part != NULL && !is_null (part) ? cr_yaml_text (part) : NULL;
  if (path != NULL && !spec_subdirectory_good (path)) {
    FIELD ("%s[%u].subdirectory", section, index);
    g_autofree char *safe = cr_text_safe (path);
    spec_find (findings, TRUE, "InvalidSubdirectory", part, field, N_ ("\"%s\" cannot be a subdirectory."),
               safe);
  }
}

static void
check_access (const CrYaml *root, const char *section, GPtrArray *findings)
{
  const CrYaml *list = cr_yaml_get (root, section);
  gboolean sinks = strcmp (section, "datasinks") == 0;
  for (guint i = 0; i < cr_yaml_length (list); i++) {
    const CrYaml *point = cr_yaml_item (list, i);
    if (!is_map (point))
      continue;
    FIELD ("%s[%u]", section, i);
    const char *kind = cr_yaml_optional (point, "type");
    if (kind != NULL && (strcmp (kind, "Volume_ReadWrite") == 0) != sinks)
      spec_find (findings, FALSE, "UnexpectedAccess", cr_yaml_get (point, "type"), field,
                 sinks ? N_ ("nothing can be written to it: it is Volume_ReadOnly.")
                       : N_ ("it is Volume_ReadWrite, although it is only read."));
    const char *store = cr_yaml_text (at (point, "store.type"));
    check_identity (root, point, field, g_strcmp0 (store, "Aws_S3") != 0, findings);
    check_settings (point, section, i, findings);
    g_autoptr (json_t) value = cr_yaml_to_json (point);
    g_auto (DataProtection) protection = { 0 };
    g_autoptr (GError) problem = NULL;
    if (!data_protection_read (value, &protection, &problem))
      spec_find (findings, TRUE, "EncryptionSecretsIncomplete",
                 cr_yaml_get (point, "protection") != NULL ? cr_yaml_get (point, "protection") : point, field,
                 "%s", problem->message);
  }
}

/* --- network --- */

static void
check_network (const CrYaml *root, GPtrArray *findings)
{
  static const struct {
    const char *path, *code;
  } doors[] = { { "network.http.inbound", "InboundAllowAll" },
                { "network.http.outbound", "OutboundAllowAll" } };
  for (gsize i = 0; i < G_N_ELEMENTS (doors); i++) {
    const CrYaml *door = at (root, doors[i].path);
    if (is_map (door) && is_true (cr_yaml_get (door, "enabled"))
        && is_null (at (door, "policy.privacyPolicy")))
      spec_find (findings, FALSE, doors[i].code, door, doors[i].path,
                 i == 0
                     ? N_ ("everybody may call in: there is no policy.")
                     : N_ ("the application may call everybody, and so carry data out: there is no policy."));
  }
}

void
spec_check (const CrYaml *root, GPtrArray *findings)
{
  static const char *const sections[] = { "identities", "datasources", "datasinks", "applications" };
  for (gsize i = 0; i < G_N_ELEMENTS (sections); i++)
    check_duplicates (root, sections[i], findings);
  check_access (root, "datasources", findings);
  check_access (root, "datasinks", findings);
  check_applications (root, findings);
  check_network (root, findings);
}

/* --- the other file --- */

void
spec_check_datastores (const json_t *specification, const json_t *datastores, const char *path,
                       GPtrArray *findings)
{
  static const char *const sections[] = { "datasources", "datasinks" };
  for (gsize s = 0; s < G_N_ELEMENTS (sections); s++) {
    size_t i;
    json_t *point;
    json_array_foreach (json_object_get (specification, sections[s]), i, point) {
      const json_t *store = json_object_get (point, "store");
      const char *id = cr_json_peek_string (store, "id");
      const json_t *entry = id != NULL ? spec_entry (datastores, "datastores", id) : NULL;
      FIELD ("%s[%zu].store", sections[s], i);
      g_autofree char *safe = cr_text_safe (id != NULL ? id : "");
      guint before = findings->len;
      if (entry == NULL)
        spec_find (findings, TRUE, "DataStoreNotFound", NULL, field, N_ ("there is no datastore '%s'."),
                   safe);
      else if (g_strcmp0 (cr_json_peek_string (entry, "storeName"), cr_json_peek_string (store, "name")) != 0)
        spec_find (findings, FALSE, "DataStoreChanged", NULL, field,
                   N_ ("the datastore '%s' has another container or bucket now; add it again."), safe);
      if (findings->len > before) {
        SpecFinding *finding = g_ptr_array_index (findings, before);
        g_free (finding->file);
        finding->file = g_strdup (path);
      }
    }
  }
}
