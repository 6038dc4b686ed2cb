/* SPDX-License-Identifier: MIT
 * Small XML documents of storage services: the bodies of requests and answers of blob storage and S3.
 *
 * A document is read as its leaves, each with its path. What could make a small document large (document
 * types, entities) or deep is refused. Formats: "Azure Blob Storage REST API", "Amazon S3 API Reference".
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* LEAF is called for each element without children, in document order; PATH is
 * "ListBucketResult/Contents/Key", TEXT its text. FALSE stops. AFTER is called when an element with children
 * ends. */
typedef struct {
  gboolean (*leaf) (const char *path, const char *text, gpointer data);
  gboolean (*after) (const char *path, gpointer data); /* may be NULL */
  gpointer data;
} CrXml;

/* CR_ERROR_RETRY when XML is no well-formed document without a document type, nested at most 8 deep with
 * texts of at most 64 KiB, or when a handler stopped. */
gboolean cr_xml_read (GBytes *xml, const CrXml *handlers, GError **error);

G_END_DECLS
