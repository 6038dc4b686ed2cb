/* SPDX-License-Identifier: MIT
 * The XML of the blob service, both ways.
 */
#include "sandbox/blob-private.h"

#include "base/xml.h"

#define MAX_BYTES (16u * 1024 * 1024)

gboolean
storage_xml_read (GBytes *bytes, StorageXmlLeaf leaf, gpointer data)
{
  const CrXml handlers = { .leaf = leaf, .data = data };
  gsize length = g_bytes_get_size (bytes);
  return length > 0 && length <= MAX_BYTES && cr_xml_read (bytes, &handlers, NULL);
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
