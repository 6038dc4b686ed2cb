/* SPDX-License-Identifier: MIT
 * What the footer of a Parquet file says: columns, their types, and how many rows there are.
 *
 * Only the footer is read, by its length at the end of the file (Apache Parquet format 2.x: FileMetaData in
 * Thrift's compact protocol, 4 bytes of length, "PAR1"). Nothing is decoded, so the size of the file does
 * not matter. Files come from anywhere: every length, count and depth in them is checked before it is used.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char *name;
  const char
      *type; /* string integer long number boolean date timestamp; NULL when there is none for it; static */
  const char *what; /* what the file calls it: "INT64 TIMESTAMP", "LIST", "group"; static */
} DataParquetColumn;

typedef struct {
  GPtrArray *columns; /* DataParquetColumn: the top level, in file order */
  guint64 rows;
} DataParquet;

/* PATH is called NAME in messages. CR_ERROR_INPUT when it is no whole Parquet file, or one whose footer is
 * encrypted; CR_ERROR_ADMIN when it cannot be read. Gives. */
DataParquet *data_parquet_read (const char *path, const char *name, GError **error);
/* The footer alone, without length and magic. Gives. */
DataParquet *data_parquet_parse (const void *footer, gsize length, const char *name, GError **error);
void data_parquet_free (DataParquet *parquet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DataParquet, data_parquet_free)

G_END_DECLS
