/* SPDX-License-Identifier: MIT
 * Our storage clients from a script:
 *
 *   storage-tool blob URL ca.pem key:ACCOUNT:FILE|sas:FILE|token:FILE CONTAINER COMMAND
 *   storage-tool s3 URL ca.pem REGION:ID-FILE:SECRET-FILE BUCKET COMMAND
 *
 *   create | put FOLDER PREFIX | get FOLDER PREFIX | list PREFIX
 *
 * "list" prints "LENGTH NAME" lines. A refusal is printed as "CODE: message" and the status is 1. CPK_FILE
 * and CSE_FILE in the environment name files with a key of 32 bytes: customer-provided, or for encryption on
 * this side.
 */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "cloud/store.h"
#include "data/transfer.h"

#define SMALL_FILE 65536u

typedef struct {
  HttpClient *http;
  BlobClient *blob;
  S3Client *s3;
  char *token_file;
  CloudStore *store;
} Tool;

static CrSecretText
token (gpointer data, CrJob *job, const char *scope, gboolean fresh, GError **error)
{
  (void) job;
  (void) scope;
  (void) fresh;
  return cr_file_read_text (data, SMALL_FILE, error);
}

/* Whatever WHAT ("key:ACCOUNT:FILE", ...) says into the client. */
static gboolean
sign_with (Tool *tool, const char *url, const char *what, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (what, ":", 3);
  gboolean key = g_str_has_prefix (what, "key:");
  g_autofree char *text = cr_file_read_text (parts[key ? 2 : 1], SMALL_FILE, error);
  if (text == NULL)
    return FALSE;
  if (g_str_has_prefix (what, "token:"))
    tool->token_file = g_strdup (parts[1]);
  tool->blob = blob_client_new (tool->http, url, tool->token_file != NULL ? token : NULL, tool->token_file);
  if (g_str_has_prefix (what, "sas:"))
    blob_client_set_sas (tool->blob, text);
  if (!key)
    return TRUE;
  g_autoptr (GBytes) bytes = cr_base64_decode (text, "the account key", error);
  if (bytes != NULL)
    blob_client_set_account_key (tool->blob, parts[1], bytes);
  return bytes != NULL;
}

static gboolean
open_blob (Tool *tool, const char *url, const char *what, const char *container, GError **error)
{
  if (!sign_with (tool, url, what, error))
    return FALSE;
  if (g_getenv ("CPK_FILE") != NULL) {
    g_autoptr (GBytes) key = cr_file_read (g_getenv ("CPK_FILE"), 32, error);
    if (key == NULL)
      return FALSE;
    blob_client_set_key (tool->blob, key);
  }
  tool->store = cloud_store_blob (tool->blob, container);
  return TRUE;
}

static gboolean
open_s3 (Tool *tool, const char *url, const char *what, const char *bucket, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (what, ":", 3);
  g_autofree char *id = cr_file_read_text (parts[1], SMALL_FILE, error);
  g_autofree char *secret = id != NULL ? cr_file_read_text (parts[2], SMALL_FILE, error) : NULL;
  if (secret == NULL)
    return FALSE;
  const S3Credentials credentials = { id, secret, NULL };
  tool->s3 = s3_client_new (tool->http, url, parts[0], &credentials);
  tool->store = cloud_store_s3 (tool->s3, bucket);
  return TRUE;
}

static gboolean
list (Tool *tool, const char *prefix, GError **error)
{
  g_autoptr (GPtrArray) items = cloud_store_list (tool->store, NULL, prefix, error);
  for (guint i = 0; items != NULL && i < items->len; i++) {
    const BlobItem *item = g_ptr_array_index (items, i);
    printf ("%" G_GUINT64_FORMAT " %s\n", item->length, item->name);
  }
  return items != NULL;
}

static gboolean
run (Tool *tool, int count, char **words, GError **error)
{
  g_autoptr (CrJob) job = cr_job_new ();
  if (strcmp (words[0], "create") == 0)
    return cloud_store_create (tool->store, job, error);
  if (strcmp (words[0], "list") == 0)
    return list (tool, count > 1 ? words[1] : NULL, error);
  const char *prefix = count > 2 ? words[2] : NULL, *cse_file = g_getenv ("CSE_FILE");
  g_autoptr (GBytes) cse_key = cse_file != NULL ? cr_file_read (cse_file, 32, error) : NULL;
  if (cse_file != NULL && cse_key == NULL)
    return FALSE;
  const TransferOptions options = { .cse_key = cse_key };
  if (count > 1 && strcmp (words[0], "put") == 0)
    return transfer_upload (tool->store, job, prefix, words[1], &options, NULL, error);
  if (count > 1 && strcmp (words[0], "get") == 0)
    return transfer_download (tool->store, job, prefix, words[1], &options, NULL, error);
  cr_set_error (error, CR_ERROR_USAGE, NULL, "there is no command %s", words[0]);
  return FALSE;
}

static void
tool_clear (Tool *tool)
{
  cloud_store_free (tool->store);
  blob_client_free (tool->blob);
  s3_client_free (tool->s3);
  g_clear_pointer (&tool->http, http_client_unref);
  g_free (tool->token_file);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Tool tool = { 0 };
  if (argc < 7) {
    fprintf (stderr, "usage: storage-tool blob|s3 URL ca.pem CREDENTIAL PLACE COMMAND...\n");
    return 2;
  }
  g_autofree char *trust = cr_file_read_text (argv[3], SMALL_FILE, &error);
  gboolean good = trust != NULL && (tool.http = http_client_new (trust, &error)) != NULL
                  && (strcmp (argv[1], "s3") == 0 ? open_s3 : open_blob) (&tool, argv[2], argv[4], argv[5],
                                                                          &error)
                  && run (&tool, argc - 6, argv + 6, &error);
  if (!good) {
    const char *code = cr_error_remote_code (error);
    fprintf (stderr, "%s: %s\n", code != NULL ? code : "-", error->message);
  }
  tool_clear (&tool);
  return good ? 0 : 1;
}
