/* SPDX-License-Identifier: MIT
 * The XML of the blob service, both ways.
 */
#include "sandbox/blob-private.h"

#include <expat.h>
#include <string.h>

#define MAX_DEPTH 8
#define MAX_TEXT 4096

typedef struct {
  XML_Parser parser;
  StorageXmlLeaf leaf;
  gpointer data;
  GString *path;
  GString *text;
  guint depth;
  gboolean open_leaf; /* nothing but text since the last start tag */
  gboolean failed;
} Reader;

static void
stop (Reader *reader)
{
  reader->failed = TRUE;
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
  if (reader->open_leaf && !reader->failed
      && !reader->leaf (reader->path->str, reader->text->str, reader->data))
    stop (reader);
  reader->open_leaf = FALSE;
  reader->depth--;
  char *slash = strrchr (reader->path->str, '/');
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

/* No document type, hence no entities of its own: nothing can be expanded or fetched. */
static void XMLCALL
on_doctype (void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public, int internal)
{
  (void) name;
  (void) system;
  (void) public;
  (void) internal;
  stop (data);
}

gboolean
storage_xml_read (GBytes *bytes, StorageXmlLeaf leaf, gpointer data)
{
  gsize length = 0;
  const char *text = g_bytes_get_data (bytes, &length);
  if (length == 0 || length > 16u * 1024 * 1024)
    return FALSE;
  Reader reader = { .leaf = leaf, .data = data, .path = g_string_new (NULL), .text = g_string_new (NULL) };
  reader.parser = XML_ParserCreate ("UTF-8");
  XML_SetUserData (reader.parser, &reader);
  XML_SetElementHandler (reader.parser, on_start, on_end);
  XML_SetCharacterDataHandler (reader.parser, on_text);
  XML_SetStartDoctypeDeclHandler (reader.parser, on_doctype);
  gboolean good = XML_Parse (reader.parser, text, (int) length, XML_TRUE) == XML_STATUS_OK && !reader.failed;
  XML_ParserFree (reader.parser);
  g_string_free (reader.path, TRUE);
  g_string_free (reader.text, TRUE);
  return good;
}

void
storage_xml_element (GString *xml, const char *name, const char *text)
{
  if (text == NULL || *text == '\0') {
    g_string_append_printf (xml, "<%s />", name);
    return;
  }
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  g_string_append_printf (xml, "<%s>%s</%s>", name, escaped, name);
}

void
storage_respond_xml (StorageCall *call, const GString *xml)
{
  g_autofree char *text = g_strconcat ("<?xml version=\"1.0\" encoding=\"utf-8\"?>", xml->str, NULL);
  sandbox_respond_text (call->response, 200, "application/xml", text);
}
