/* SPDX-License-Identifier: MIT
 * Saying things: tables and JSON on stdout, words on stderr, nothing raw from outside.
 */
#include "cli/cli.h"

#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* On a terminal; a whole SHA-256 in hexadecimal fits, so that no identifier is cut. */
#define CELL_MAX 64

void
cli_say (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (cr_translate (format), arguments);
  va_end (arguments);
  g_autofree char *safe = cr_text_safe_lines (text);
  fprintf (stderr, "%s\n", safe);
}

void
cli_out (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
}

void
cli_out_json (json_t *value)
{
  g_autofree char *text = cr_json_dump_pretty (value);
  printf ("%s\n", text);
  json_decref (value);
}

GPtrArray *
cli_rows_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
}

GPtrArray *
cli_row (const char *first, ...)
{
  GPtrArray *row = g_ptr_array_new_with_free_func (g_free);
  va_list texts;
  va_start (texts, first);
  for (const char *text = first; text != NULL; text = va_arg (texts, const char *))
    g_ptr_array_add (row, cr_text_safe (text));
  va_end (texts);
  return row;
}

static gboolean
is_number (const char *text)
{
  const char *c = *text == '-' ? text + 1 : text;
  return *c != '\0' && strspn (c, "0123456789.,") == strlen (c);
}

static const char *
cell (GPtrArray *row, guint column)
{
  return column < row->len ? g_ptr_array_index (row, column) : "";
}

static gboolean
column_is_numeric (GPtrArray *rows, guint column)
{
  gboolean any = FALSE;
  for (guint i = 0; i < rows->len; i++) {
    const char *text = cell (g_ptr_array_index (rows, i), column);
    if (*text != '\0' && !is_number (text))
      return FALSE;
    any = any || *text != '\0';
  }
  return any;
}

static void
print_cell (const char *text, int width, gboolean numeric, gboolean last)
{
  g_autofree char *fitted = cr_text_fit (text, width);
  if (numeric)
    printf ("%*s%s", width - MIN (width, cr_text_width (text)), "", text);
  else if (last)
    printf ("%s", g_strchomp (fitted));
  else
    printf ("%s", fitted);
  fputs (last ? "\n" : "  ", stdout);
}

void
cli_out_table (const char *const *columns, GPtrArray *rows)
{
  guint count = g_strv_length ((char **) (gsize) columns);
  g_autofree int *widths = g_new0 (int, count);
  gboolean is_terminal = isatty (STDOUT_FILENO);
  for (guint c = 0; c < count; c++) {
    widths[c] = cr_text_width (cr_translate (columns[c]));
    for (guint i = 0; i < rows->len; i++)
      widths[c] = MAX (widths[c], cr_text_width (cell (g_ptr_array_index (rows, i), c)));
    if (is_terminal && c + 1 < count)
      widths[c] = MIN (widths[c], CELL_MAX);
  }
  for (guint c = 0; c < count; c++)
    print_cell (cr_translate (columns[c]), widths[c], column_is_numeric (rows, c), c + 1 == count);
  for (guint i = 0; i < rows->len; i++)
    for (guint c = 0; c < count; c++)
      print_cell (cell (g_ptr_array_index (rows, i), c), widths[c], column_is_numeric (rows, c),
                  c + 1 == count);
}

void
cli_report (const GError *error)
{
  cli_say ("%s", error->message);
  const char *code = cr_error_remote_code (error);
  const char *message = cr_error_remote_message (error);
  gboolean said = (code == NULL || strstr (error->message, code) != NULL)
                  && (message == NULL || strstr (error->message, message) != NULL);
  if (!said)
    cli_say ("  the other side said: %s%s%s", code != NULL ? code : "",
             code != NULL && message != NULL ? ": " : "", message != NULL ? message : "");
  if (cr_error_correlation_id (error) != NULL)
    cli_say ("  correlation id: %s", cr_error_correlation_id (error));
  if (cr_error_hint (error) != NULL)
    cli_say ("  next: %s", cr_error_hint (error));
}

json_t *
cli_error_json (const GError *error)
{
  json_t *body = json_object ();
  cr_json_set_string (body, "code", cr_error_code_name (error));
  cr_json_set_string (body, "message", error->message);
  cr_json_set_string (body, "next", cr_error_hint (error));
  cr_json_set_string (body, "reason", cr_error_reason (error));
  cr_json_set_string (body, "remoteCode", cr_error_remote_code (error));
  cr_json_set_string (body, "remoteMessage", cr_error_remote_message (error));
  cr_json_set_string (body, "correlationId", cr_error_correlation_id (error));
  cr_json_set_int (body, "exitCode", cr_error_exit_code (error));
  return json_pack ("{s:o}", "error", body);
}

char *
cli_program (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *found = g_find_program_in_path ("cleanroom");
  if (self == NULL || g_strcmp0 (self, found) == 0)
    return g_strdup ("cleanroom");
  g_autofree char *here = g_get_current_dir ();
  gsize length = strlen (here);
  gboolean below = strncmp (self, here, length) == 0 && self[length] == '/';
  const char *path = below ? self + length + 1 : self;
  return strchr (path, '/') != NULL ? g_strdup (path) : g_strconcat ("./", path, NULL);
}

gboolean
cli_confirm (const char *question)
{
  if (!isatty (STDIN_FILENO))
    return FALSE;
  fprintf (stderr, "%s Type yes to go on: ", question);
  fflush (stderr);
  char answer[16];
  return fgets (answer, sizeof answer, stdin) != NULL && strcmp (g_strchomp (answer), "yes") == 0;
}
