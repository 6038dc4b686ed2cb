/* SPDX-License-Identifier: MIT
 * Listings: "List Blobs" XML read with expat, page after page.
 */
#include "cloud/blob-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/translate.h"

#include <expat.h>
#include <string.h>

#define MAX_NAMES 1000000u
#define MAX_DEPTH 16u
#define PAGE_MAX_BYTES (64u * 1024 * 1024)

typedef struct {
  XML_Parser parser;
  GPtrArray *items;
  BlobItem *item; /* the one being read */
  GString *text;  /* of the innermost element */
  char *next_marker;
  gboolean encoded;  /* the name is percent-encoded */
  gboolean metadata; /* inside of <Metadata>, whose names are anybody's */
  guint depth;
  const char *problem; /* static; NULL while all is well */
} Reader;

static void
stop (Reader *reader, const char *problem)
{
  reader->problem = problem;
  XML_StopParser (reader->parser, XML_FALSE);
}

static void
on_start (void *data, const XML_Char *name, const XML_Char **attributes)
{
  Reader *reader = data;
  g_string_truncate (reader->text, 0);
  if (++reader->depth > MAX_DEPTH)
    stop (reader, "it is nested too deeply");
  else if (reader->depth == 1 && strcmp (name, "EnumerationResults") != 0)
    stop (reader, "it is not a listing");
  else if (strcmp (name, "Blob") == 0 && reader->item == NULL)
    reader->item = g_new0 (BlobItem, 1);
  else if (strcmp (name, "Metadata") == 0)
    reader->metadata = TRUE;
  if (strcmp (name, "Name") == 0) {
    reader->encoded = FALSE;
    for (guint i = 0; attributes[i] != NULL; i += 2)
      if (strcmp (attributes[i], "Encoded") == 0)
        reader->encoded = strcmp (attributes[i + 1], "true") == 0;
  }
}

static void
finish_item (Reader *reader)
{
  if (reader->item->name == NULL || *reader->item->name == '\0')
    stop (reader, "a blob has no name");
  else if (reader->items->len >= MAX_NAMES)
    stop (reader, "it has too many names");
  else
    g_ptr_array_add (reader->items, g_steal_pointer (&reader->item));
}

static char *
dup_name (const Reader *reader)
{
  if (!reader->encoded)
    return g_strdup (reader->text->str);
  g_autofree char *decoded = cr_percent_decode (reader->text->str, -1);
  return g_utf8_make_valid (decoded, -1);
}

/* The element NAME of the current blob has ended. */
static void
take_member (Reader *reader, const char *name)
{
  BlobItem *item = reader->item;
  const char *text = reader->text->str;
  static const struct {
    const char *name;
    gboolean metadata;
    gsize offset;
  } texts[] = { { "Content-MD5", FALSE, G_STRUCT_OFFSET (BlobItem, md5) },
                { "Etag", FALSE, G_STRUCT_OFFSET (BlobItem, etag) },
                { "Last-Modified", FALSE, G_STRUCT_OFFSET (BlobItem, last_modified) },
                { "crc64", TRUE, G_STRUCT_OFFSET (BlobItem, crc64) },
                { "seal", TRUE, G_STRUCT_OFFSET (BlobItem, seal) } };
  char **target = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i].metadata == reader->metadata && strcmp (name, texts[i].name) == 0)
      target = (char **) G_STRUCT_MEMBER_P (item, texts[i].offset);
  if (target != NULL && *text != '\0') {
    g_free (*target);
    *target = g_strdup (text);
  } else if (reader->metadata) {
    item->folder |= strcmp (name, "hdi_isfolder") == 0 && strcmp (text, "true") == 0;
  } else if (strcmp (name, "Name") == 0 && item->name == NULL) {
    item->name = dup_name (reader);
  } else if (strcmp (name, "Content-Length") == 0) {
    guint64 length = 0;
    if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &length, NULL))
      stop (reader, "a length is not a number");
    item->length = length;
  } else if (strcmp (name, "ResourceType") == 0) {
    item->folder |= strcmp (text, "directory") == 0;
  }
}

static void
on_end (void *data, const XML_Char *name)
{
  Reader *reader = data;
  reader->depth--;
  if (strcmp (name, "Metadata") == 0)
    reader->metadata = FALSE;
  if (strcmp (name, "Blob") == 0 && reader->item != NULL && !reader->metadata)
    finish_item (reader);
  else if (reader->item != NULL)
    take_member (reader, name);
  else if (strcmp (name, "NextMarker") == 0 && reader->text->len > 0) {
    g_free (reader->next_marker);
    reader->next_marker = g_strdup (reader->text->str);
  }
  g_string_truncate (reader->text, 0);
}

static void
on_text (void *data, const XML_Char *text, int length)
{
  Reader *reader = data;
  if (reader->text->len + (gsize) length > 64 * 1024)
    stop (reader, "a text is too long");
  else
    g_string_append_len (reader->text, text, length);
}

/* No document type, so no entities: nothing to expand, nothing to fetch. */
static void
on_doctype (void *data, const XML_Char *name, const XML_Char *system_id, const XML_Char *public_id,
            int has_subset)
{
  (void) name, (void) system_id, (void) public_id, (void) has_subset;
  stop (data, "it declares a document type");
}

GPtrArray *
blob_list_parse (const char *xml, gsize length, char **next_marker, GError **error)
{
  Reader reader = { .items = g_ptr_array_new_with_free_func ((GDestroyNotify) blob_item_free),
                    .text = g_string_new (NULL) };
  reader.parser = XML_ParserCreate ("UTF-8");
  XML_SetUserData (reader.parser, &reader);
  XML_SetElementHandler (reader.parser, on_start, on_end);
  XML_SetCharacterDataHandler (reader.parser, on_text);
  XML_SetStartDoctypeDeclHandler (reader.parser, on_doctype);
  gboolean ok = length <= PAGE_MAX_BYTES && XML_Parse (reader.parser, xml, (int) length, 1) == XML_STATUS_OK;
  if (!ok) {
    const char *why = reader.problem != NULL ? reader.problem
                                             : XML_ErrorString (XML_GetErrorCode (reader.parser));
    cr_set_error (error, CR_ERROR_RETRY, "Try again; if it stays so, report it.",
                  "Cannot read the listing of the storage at line %lu: %s.",
                  (gulong) XML_GetCurrentLineNumber (reader.parser), why);
    g_clear_pointer (&reader.items, g_ptr_array_unref);
    g_clear_pointer (&reader.next_marker, g_free);
  }
  XML_ParserFree (reader.parser);
  blob_item_free (reader.item);
  g_string_free (reader.text, TRUE);
  *next_marker = reader.next_marker;
  return reader.items;
}

/* --- pages ---------------------------------------------------------------------------------------------- */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const BlobItem *const *one = a;
  const BlobItem *const *two = b;
  return strcmp ((*one)->name, (*two)->name);
}

/* An empty blob whose name is a folder of others is a marker that some tools make. */
static void
mark_folders (GPtrArray *items)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add (sorted, g_ptr_array_index (items, i));
  g_ptr_array_sort (sorted, compare_names);
  for (guint i = 0; i < sorted->len; i++) {
    BlobItem *item = g_ptr_array_index (sorted, i);
    if (item->length > 0 || item->folder)
      continue;
    g_autofree char *prefix = g_strconcat (item->name, "/", NULL);
    /* Names between "a" and "a/" start with characters below '/', so look on until the order has passed
     * "a/". */
    for (guint j = i + 1; j < sorted->len; j++) {
      const BlobItem *other = g_ptr_array_index (sorted, j);
      item->folder = g_str_has_prefix (other->name, prefix);
      if (item->folder || strcmp (other->name, prefix) > 0)
        break;
    }
  }
}

/* One page into ITEMS; *MARKER is replaced. */
static gboolean
list_page (BlobClient *client, CrJob *job, const char *container, const char *prefix, char **marker,
           GPtrArray *items, GError **error)
{
  g_autoptr (GString) query = g_string_new ("restype=container&comp=list&include=metadata&maxresults=5000");
  g_autofree char *encoded_prefix = prefix != NULL ? cr_percent_encode (prefix, NULL) : NULL;
  g_autofree char *encoded_marker = *marker != NULL ? cr_percent_encode (*marker, NULL) : NULL;
  if (encoded_prefix != NULL && *encoded_prefix != '\0')
    g_string_append_printf (query, "&prefix=%s", encoded_prefix);
  if (encoded_marker != NULL)
    g_string_append_printf (query, "&marker=%s", encoded_marker);
  const BlobCall call = {
    .method = "GET", .container = container, .query = query->str, .max_response = PAGE_MAX_BYTES
  };
  g_autoptr (HttpResponse) response = blob_send (client, job, &call, error);
  if (response == NULL)
    return FALSE;
  if (response->status < 200 || response->status >= 300) {
    blob_set_error (error, &call, response);
    return FALSE;
  }
  gsize length;
  const char *xml = g_bytes_get_data (response->body, &length);
  char *next = NULL;
  g_autoptr (GPtrArray) page = blob_list_parse (xml != NULL ? xml : "", length, &next, error);
  if (page == NULL)
    return FALSE;
  gboolean stuck = next != NULL && g_strcmp0 (next, *marker) == 0;
  g_free (*marker);
  *marker = next;
  g_ptr_array_extend_and_steal (items, g_steal_pointer (&page));
  if (!stuck && items->len <= MAX_NAMES)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "List a narrower prefix.",
                stuck ? N_ ("The listing of %s does not go on.")
                      : N_ ("The listing of %s has more than a million names."),
                container);
  return FALSE;
}

GPtrArray *
blob_list (BlobClient *client, CrJob *job, const char *container, const char *prefix, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) blob_item_free);
  g_autofree char *marker = NULL;
  do
    if (!cr_job_check (job, error) || !list_page (client, job, container, prefix, &marker, items, error))
      return NULL;
  while (marker != NULL);
  mark_folders (items);
  return g_steal_pointer (&items);
}
