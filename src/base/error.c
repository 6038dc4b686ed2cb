/* SPDX-License-Identifier: MIT
 * The one error type (error.h).
 */
#include "base/error.h"

#include "base/text.h"
#include "base/translate.h"

#include <gio/gio.h>
#include <stdarg.h>
#include <string.h>

#define REMOTE_TEXT_MAX 2000

typedef struct {
  guint http_status;
  char *code;
  char *message;
  char *correlation_id;
  char *hint;
  char *name; /* of what was found here */
} CrErrorPrivate;

static void
cr_error_private_init (CrErrorPrivate *private)
{
  memset (private, 0, sizeof *private);
}

static void
cr_error_private_copy (const CrErrorPrivate *from, CrErrorPrivate *to)
{
  to->http_status = from->http_status;
  to->code = g_strdup (from->code);
  to->message = g_strdup (from->message);
  to->correlation_id = g_strdup (from->correlation_id);
  to->hint = g_strdup (from->hint);
  to->name = g_strdup (from->name);
}

static void
cr_error_private_clear (CrErrorPrivate *private)
{
  g_free (private->code);
  g_free (private->message);
  g_free (private->correlation_id);
  g_free (private->hint);
  g_free (private->name);
}

/* GLib's macro itself casts const away. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
G_DEFINE_EXTENDED_ERROR (CrError, cr_error)
#pragma GCC diagnostic pop

/* Remote text is kept short and valid; it is made safe for terminals where it is shown. */
static char *
remote_text (const char *text)
{
  if (text == NULL)
    return NULL;
  g_autofree char *cut = g_strndup (text, REMOTE_TEXT_MAX);
  return g_utf8_make_valid (cut, -1);
}

static void
set_error (GError **error, CrErrorCode code, const CrRemote *remote, const char *hint, const char *format,
           va_list arguments)
{
  if (error == NULL)
    return;
  g_return_if_fail (*error == NULL);

  GError *made = g_error_new_valist (CR_ERROR, (gint) code, cr_translate (format), arguments);
  CrErrorPrivate *private = cr_error_get_private (made);
  private->hint = g_strdup (cr_translate (hint));
  if (remote != NULL) {
    private->http_status = remote->http_status;
    private->code = remote_text (remote->code);
    private->message = remote_text (remote->message);
    private->correlation_id = remote_text (remote->correlation_id);
  }
  *error = made;
}

void
cr_set_error (GError **error, CrErrorCode code, const char *hint, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  set_error (error, code, NULL, hint, format, arguments);
  va_end (arguments);
}

void
cr_set_remote_error (GError **error, CrErrorCode code, const CrRemote *remote, const char *hint,
                     const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  set_error (error, code, remote, hint, format, arguments);
  va_end (arguments);
}

void
cr_set_named_error (GError **error, CrErrorCode code, const char *name, const char *hint, const char *format,
                    ...)
{
  va_list arguments;
  va_start (arguments, format);
  set_error (error, code, NULL, hint, format, arguments);
  va_end (arguments);
  if (error != NULL && *error != NULL)
    cr_error_get_private (*error)->name = g_strdup (name);
}

static const CrErrorPrivate *
private_of (const GError *error)
{
  if (error == NULL || error->domain != CR_ERROR)
    return NULL;
  return cr_error_get_private (error);
}

const char *
cr_error_hint (const GError *error)
{
  const CrErrorPrivate *private = private_of (error);
  return private != NULL ? private->hint : NULL;
}

const char *
cr_error_remote_code (const GError *error)
{
  const CrErrorPrivate *private = private_of (error);
  return private != NULL ? private->code : NULL;
}

const char *
cr_error_remote_message (const GError *error)
{
  const CrErrorPrivate *private = private_of (error);
  return private != NULL ? private->message : NULL;
}

const char *
cr_error_correlation_id (const GError *error)
{
  const CrErrorPrivate *private = private_of (error);
  return private != NULL ? private->correlation_id : NULL;
}

guint
cr_error_http_status (const GError *error)
{
  const CrErrorPrivate *private = private_of (error);
  return private != NULL ? private->http_status : 0;
}

const char *
cr_error_reason (const GError *error)
{
  const CrErrorPrivate *private = private_of (error);
  return private == NULL ? NULL : private->code != NULL ? private->code : private->name;
}

gboolean
cr_error_is_remote (const GError *error, const char *remote_code)
{
  return g_strcmp0 (cr_error_remote_code (error), remote_code) == 0;
}

void
cr_error_set_hint (GError *error, const char *hint)
{
  if (error == NULL || error->domain != CR_ERROR)
    return;
  CrErrorPrivate *private = cr_error_get_private (error);
  g_free (private->hint);
  private->hint = g_strdup (hint);
}

typedef struct {
  CrErrorCode code;
  int exit_code;
  const char *name;
} CodeRow;

static const CodeRow code_rows[] = {
  { CR_ERROR_FAILED, 1, "failed" },         { CR_ERROR_USAGE, 2, "usage" },
  { CR_ERROR_INPUT, 1, "input" },           { CR_ERROR_SIGN_IN, 3, "sign-in" },
  { CR_ERROR_WAITING, 4, "waiting" },       { CR_ERROR_REFUSED, 5, "refused" },
  { CR_ERROR_NOT_FOUND, 6, "not-found" },   { CR_ERROR_RETRY, 1, "retry" },
  { CR_ERROR_ADMIN, 1, "admin" },           { CR_ERROR_BUG, 1, "bug" },
  { CR_ERROR_CANCELLED, 130, "cancelled" },
};

static const CodeRow *
row_of (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return &code_rows[CR_ERROR_CANCELLED];
  if (error == NULL || error->domain != CR_ERROR)
    return &code_rows[CR_ERROR_FAILED];
  for (gsize i = 0; i < G_N_ELEMENTS (code_rows); i++)
    if ((gint) code_rows[i].code == error->code)
      return &code_rows[i];
  return &code_rows[CR_ERROR_FAILED];
}

int
cr_error_exit_code (const GError *error)
{
  return row_of (error)->exit_code;
}

const char *
cr_error_code_name (const GError *error)
{
  return row_of (error)->name;
}
