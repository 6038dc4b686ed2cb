/* SPDX-License-Identifier: MIT
 * One text out of an XML answer of S3 (s3-private.h).
 */
#include "cloud/s3-private.h"

#include <string.h>

typedef struct {
  const char *path;
  char *text;
} Wanted;

static gboolean
take_wanted (const char *path, const char *text, gpointer data)
{
  Wanted *wanted = data;
  if (wanted->text == NULL && strcmp (path, wanted->path) == 0)
    wanted->text = g_strdup (text);
  return TRUE;
}

char *
s3_xml_text (GBytes *xml, const char *path)
{
  Wanted wanted = { .path = path };
  const CrXml handlers = { .leaf = take_wanted, .data = &wanted };
  cr_xml_read (xml, &handlers, NULL);
  return wanted.text;
}
