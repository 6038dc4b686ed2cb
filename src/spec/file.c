/* SPDX-License-Identifier: MIT
 * Files read, checked and written (spec.h).
 */
#include "spec/private.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/translate.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define FILE_MAX_BYTES (4u * 1024 * 1024)

/* --- findings --- */

static void
spec_finding_free (SpecFinding *finding)
{
  g_free (finding->file);
  g_free (finding->field);
  g_free (finding->reason);
  g_free (finding->told);
  g_free (finding);
}

GPtrArray *
spec_findings_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) spec_finding_free);
}

void
spec_find_list (GPtrArray *findings, gboolean error, const char *code, const CrYaml *node, const char *field,
                const char *format, va_list arguments)
{
  va_list again;
  va_copy (again, arguments);
  SpecFinding *finding = g_new0 (SpecFinding, 1);
  finding->error = error;
  finding->code = code;
  finding->file = g_strdup (node != NULL ? cr_yaml_file_name (node) : "");
  finding->line = node != NULL ? cr_yaml_line (node) : 0;
  finding->field = cr_text_safe (field);
  finding->reason = g_strdup_vprintf (format, arguments);
  finding->told = g_strdup_vprintf (cr_translate (format), again);
  va_end (again);
  g_ptr_array_add (findings, finding);
}

void
spec_find (GPtrArray *findings, gboolean error, const char *code, const CrYaml *node, const char *field,
           const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  spec_find_list (findings, error, code, node, field, format, arguments);
  va_end (arguments);
}

char *
spec_finding_text (const SpecFinding *finding)
{
  const char *colon = *finding->field != '\0' ? ": " : "";
  return finding->line > 0
             ? g_strdup_printf ("%s:%u: %s%s%s", finding->file, finding->line, finding->field, colon,
                                finding->told)
             : g_strdup_printf ("%s: %s%s%s", finding->file, finding->field, colon, finding->told);
}

json_t *
spec_finding_json (const SpecFinding *finding)
{
  return json_pack ("{s:s, s:s, s:s, s:i, s:s, s:s}", "kind", finding->error ? "error" : "warning", "code",
                    finding->code, "file", finding->file, "line", (int) finding->line, "field",
                    finding->field, "reason", finding->reason);
}

guint
spec_errors (const GPtrArray *findings)
{
  guint count = 0;
  for (guint i = 0; i < findings->len; i++)
    count += ((const SpecFinding *) g_ptr_array_index (findings, i))->error;
  return count;
}

/* The first error of FINDINGS as ERROR; FALSE when there is one. */
static gboolean
accept (const GPtrArray *findings, GError **error)
{
  for (guint i = 0; i < findings->len; i++) {
    const SpecFinding *finding = g_ptr_array_index (findings, i);
    if (!finding->error)
      continue;
    g_autofree char *text = spec_finding_text (finding);
    cr_set_error (error, CR_ERROR_INPUT,
                  "cleanroom config validate names everything that is wrong in a file.", "%s", text);
    return FALSE;
  }
  return TRUE;
}

/* --- reading --- */

static const SpecType *
type_of (SpecFileKind kind)
{
  return kind == SPEC_FILE_DATASTORES     ? &spec_type_datastores
         : kind == SPEC_FILE_SECRETSTORES ? &spec_type_secretstores
                                          : &spec_type_specification;
}

/* A file of nothing but white space and comments holds what an empty mapping holds. */
static gboolean
is_blank (const char *text, gsize length)
{
  gboolean comment = FALSE;
  for (gsize i = 0; i < length; i++) {
    if (text[i] == '\n')
      comment = FALSE;
    else if (text[i] == '#')
      comment = TRUE;
    else if (!comment && !g_ascii_isspace (text[i]))
      return FALSE;
  }
  return TRUE;
}

static CrYamlFile *
open_text (const char *text, gsize length, const char *name, GError **error)
{
  return text == NULL || is_blank (text, length) ? cr_yaml_parse ("{}", 2, name, error)
                                                 : cr_yaml_parse (text, length, name, error);
}

static CrYamlFile *
open_file (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = cr_file_read (path, FILE_MAX_BYTES, error);
  gsize length = 0;
  const char *text = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
  return bytes != NULL ? open_text (text, length, path, error) : NULL;
}

json_t *
spec_load (const char *path, SpecFileKind kind, GPtrArray *warnings, GError **error)
{
  g_autoptr (CrYamlFile) file = open_file (path, error);
  if (file == NULL)
    return NULL;
  g_autoptr (GPtrArray) findings = spec_findings_new ();
  g_autoptr (json_t) value = spec_read (type_of (kind), cr_yaml_root (file), findings);
  if (!accept (findings, error))
    return NULL;
  if (warnings != NULL)
    g_ptr_array_extend_and_steal (warnings, g_steal_pointer (&findings));
  return g_steal_pointer (&value);
}

json_t *
spec_load_or_new (const char *path, SpecFileKind kind, GPtrArray *warnings, GError **error)
{
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return spec_load (path, kind, warnings, error);
  return kind == SPEC_FILE_DATASTORES     ? json_pack ("{s:[]}", "datastores")
         : kind == SPEC_FILE_SECRETSTORES ? json_pack ("{s:[]}", "secretstores")
                                          : spec_new ();
}

static gint
by_line (gconstpointer a, gconstpointer b)
{
  const SpecFinding *one = *(const SpecFinding *const *) a, *other = *(const SpecFinding *const *) b;
  return one->line < other->line ? -1 : one->line > other->line;
}

static GPtrArray *
findings_of (CrYamlFile *file, SpecFileKind kind)
{
  GPtrArray *findings = spec_findings_new ();
  g_autoptr (json_t) value = spec_read (type_of (kind), cr_yaml_root (file), findings);
  if (kind == SPEC_FILE_SPECIFICATION && cr_yaml_type (cr_yaml_root (file)) == CR_YAML_MAP)
    spec_check (cr_yaml_root (file), findings);
  g_ptr_array_sort (findings, by_line);
  return findings;
}

GPtrArray *
spec_validate (const char *path, SpecFileKind kind, GError **error)
{
  g_autoptr (CrYamlFile) file = open_file (path, error);
  return file != NULL ? findings_of (file, kind) : NULL;
}

GPtrArray *
spec_validate_text (const char *text, gsize length, const char *name, SpecFileKind kind, GError **error)
{
  g_autoptr (CrYamlFile) file = open_text (text, length, name, error);
  return file != NULL ? findings_of (file, kind) : NULL;
}

/* --- writing --- */

SpecLock
spec_lock (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0)
    flock (fd, LOCK_EX);
  return fd;
}

void
spec_unlock (SpecLock *lock)
{
  if (*lock >= 0)
    close (*lock); /* which unlocks */
  *lock = -1;
}

static gint
by_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static json_t *
sorted (const json_t *value)
{
  if (json_is_array (value)) {
    json_t *list = json_array ();
    size_t i;
    json_t *item;
    json_array_foreach (value, i, item)
      json_array_append_new (list, sorted (item));
    return list;
  }
  if (!json_is_object (value))
    return json_deep_copy (value);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *name;
  json_t *member;
  json_object_foreach ((json_t *) (gsize) value, name, member)
    g_ptr_array_add (names, (gpointer) (gsize) name);
  g_ptr_array_sort (names, by_text);
  json_t *object = json_object ();
  for (guint i = 0; i < names->len; i++)
    json_object_set_new (object, g_ptr_array_index (names, i),
                         sorted (json_object_get (value, g_ptr_array_index (names, i))));
  return object;
}

char *
spec_text (SpecFileKind kind, const json_t *value, GError **error)
{
  g_autofree char *draft = cr_yaml_dump ((json_t *) (gsize) value);
  g_autoptr (CrYamlFile) file = cr_yaml_parse (draft, strlen (draft), "the new file", error);
  if (file == NULL)
    return NULL;
  g_autoptr (GPtrArray) findings = spec_findings_new ();
  g_autoptr (json_t) read = spec_read (type_of (kind), cr_yaml_root (file), findings);
  for (guint i = 0; i < findings->len; i++)
    ((SpecFinding *) g_ptr_array_index (findings, i))->line = 0; /* of a text that nobody sees */
  if (!accept (findings, error))
    return NULL;
  g_autoptr (json_t) ordered = sorted (read);
  return cr_yaml_dump (ordered);
}

gboolean
spec_save (const char *path, SpecFileKind kind, const json_t *value, GError **error)
{
  g_autofree char *text = spec_text (kind, value, error);
  return text != NULL && cr_file_write (path, text, -1, 0600, error);
}
