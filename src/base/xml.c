/* SPDX-License-Identifier: MIT
 * Small XML documents of storage services, read with expat (xml.h).
 */
#include "base/xml.h"

#include "base/error.h"

#include <expat.h>
#include <string.h>

#define MAX_DEPTH 8u
#define MAX_TEXT (64u * 1024)

typedef struct {
  XML_Parser parser;
  const CrXml *handlers;
  GString *path, *text;
  guint depth;
  gboolean open_leaf; /* nothing but text since the last start tag */
  gboolean stopped;   /* expat may still call a handler after that */
} Reader;

static void
stop (Reader *reader)
{
  reader->stopped = TRUE;
  XML_StopParser (reader->parser, XML_FALSE);
}

static void XMLCALL
on_start (void *data, const XML_Char *name, const XML_Char **attributes)
{
  (void) attributes;
  Reader *reader = data;
  if (++reader->depth > MAX_DEPTH || strlen (name) > 128) {
    stop (reader);
    return;
  }
  if (reader->path->len > 0)
    g_string_append_c (reader->path, '/');
  g_string_append (reader->path, name);
  g_string_truncate (reader->text, 0);
  reader->open_leaf = TRUE;
}

static void XMLCALL
on_end (void *data, const XML_Char *name)
{
  (void) name;
  Reader *reader = data;
  const CrXml *handlers = reader->handlers;
  if (reader->stopped)
    return;
  gboolean good = reader->open_leaf
                      ? handlers->leaf (reader->path->str, reader->text->str, handlers->data)
                      : handlers->after == NULL || handlers->after (reader->path->str, handlers->data);
  if (!good)
    stop (reader);
  reader->open_leaf = FALSE;
  reader->depth--;
  const char *slash = strrchr (reader->path->str, '/');
  g_string_truncate (reader->path, slash == NULL ? 0 : (gsize) (slash - reader->path->str));
}

static void XMLCALL
on_text (void *data, const XML_Char *text, int length)
{
  Reader *reader = data;
  if (reader->text->len + (gsize) length > MAX_TEXT)
    stop (reader);
  else
    g_string_append_len (reader->text, text, length);
}

/* No document type, so no entities: nothing to expand, nothing to fetch. */
static void XMLCALL
on_doctype (void *data, const XML_Char *name, const XML_Char *system_id, const XML_Char *public_id,
            int has_subset)
{
  (void) name, (void) system_id, (void) public_id, (void) has_subset;
  stop (data);
}

gboolean
cr_xml_read (GBytes *xml, const CrXml *handlers, GError **error)
{
  Reader reader = { .parser = XML_ParserCreate ("UTF-8"),
                    .handlers = handlers,
                    .path = g_string_new (NULL),
                    .text = g_string_new (NULL) };
  XML_SetUserData (reader.parser, &reader);
  XML_SetElementHandler (reader.parser, on_start, on_end);
  XML_SetCharacterDataHandler (reader.parser, on_text);
  XML_SetStartDoctypeDeclHandler (reader.parser, on_doctype);
  gsize length = 0;
  const char *text = g_bytes_get_data (xml, &length);
  gboolean good = length <= G_MAXINT && XML_Parse (reader.parser, text, (int) length, 1) == XML_STATUS_OK
                  && !reader.stopped;
  if (!good)
    cr_set_error (error, CR_ERROR_RETRY, "Try again; if it stays so, report it.",
                  "Cannot read the answer of the storage at line %lu: %s.",
                  (gulong) XML_GetCurrentLineNumber (reader.parser),
                  XML_ErrorString (XML_GetErrorCode (reader.parser)));
  XML_ParserFree (reader.parser);
  g_string_free (reader.path, TRUE);
  g_string_free (reader.text, TRUE);
  return good;
}
