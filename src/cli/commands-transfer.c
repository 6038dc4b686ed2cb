/* SPDX-License-Identifier: MIT
 * datastore upload|download|encrypt|decrypt, logs and telemetry download|decrypt: data on its way.
 */
#include "cli/progress.h"
#include "cli/spec-files.h"

#include "base/error.h"
#include "base/file.h"
#include "data/cse.h"
#include "data/transfer.h"

#include <inttypes.h>
#include <string.h>

#define MIB (1024u * 1024u)

/* What all of them have in common. */
typedef struct {
  char *name; /* of the datastore */
  char *path; /* of the datastore file */
  CliProgress progress;
  WorkflowOpener opener;
} Work;

static void
work_clear (Work *work)
{
  g_free (work->name);
  g_free (work->path);
  cli_opener_clear (&work->opener);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* The datastore that lies behind the datasink NAME of the specification. Gives. */
static char *
behind_sink (Cli *cli, const char *name, GError **error)
{
  g_autoptr (json_t) specification = cli_specification (cli, error);
  if (specification == NULL)
    return NULL;
  const json_t *sink = spec_entry (specification, "datasinks", name);
  const char *store = cr_json_peek_string (json_object_get (sink, "store"), "id");
  if (store == NULL)
    cr_set_error (error, CR_ERROR_NOT_FOUND,
                  "See what it has: cleanroom config view; config set-logging and set-telemetry make them.",
                  "The specification has no datasink %s: nothing was to be written there.", name);
  return g_strdup (store);
}

static gboolean
begin (Cli *cli, Work *work, GError **error)
{
  const char *command = cli_command_path (cli);
  if (g_str_has_prefix (command, "logs "))
    work->name = behind_sink (cli, SPEC_SINK_LOGGING, error);
  else if (g_str_has_prefix (command, "telemetry "))
    work->name = behind_sink (cli, SPEC_SINK_TELEMETRY, error);
  else
    work->name = g_strdup (cli_require_either (cli, "name", "datastore-name", error));
  work->path = cli_datastores_path (cli);
  return work->name != NULL;
}

/* --- options --- */

/* "10M" bytes per second; 0 when it is not given. */
static gboolean
bandwidth (Cli *cli, guint64 *value, GError **error)
{
  static const struct {
    char letter;
    guint64 factor;
  } units[] = { { 'k', 1000 }, { 'm', 1000 * 1000 }, { 'g', 1000 * 1000 * 1000 } };
  const char *text = cli_value (cli, "bandwidth");
  char *end = NULL;
  *value = 0;
  if (text == NULL)
    return TRUE;
  double number = g_ascii_strtod (text, &end);
  guint64 factor = 1;
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_ascii_tolower (*end) == units[i].letter) {
      factor = units[i].factor;
      end++;
      break;
    }
  if (end != text && *end == '\0' && number > 0 && number < 1e9) {
    *value = (guint64) MAX (number * (double) factor, 1.0);
    return TRUE;
  }
  cr_set_error (error, CR_ERROR_USAGE, "Bytes per second: 500k, 10M, 1G.", "\"%s\" is not a bandwidth.",
                text);
  return FALSE;
}

/* A whole number from 1 to MOST; UNSET when it is not given. */
static gboolean
count (Cli *cli, const char *name, guint most, guint unset, guint *value, GError **error)
{
  const char *text = cli_value (cli, name);
  guint64 number = 0;
  *value = unset;
  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 1, most, &number, NULL)) {
    cr_set_error (error, CR_ERROR_USAGE, NULL, "--%s is a whole number from 1 to %u.", name, most);
    return FALSE;
  }
  *value = (guint) number;
  return TRUE;
}

/* MiB of one block of client-side encryption, in bytes. */
static gboolean
block_size (Cli *cli, guint *value, GError **error)
{
  const char *name = cli_value (cli, "blockSize") != NULL ? "blockSize" : "block-size";
  guint mib = 0;
  if (!count (cli, name, DATA_CSE_BLOCK_MAX / MIB, DATA_CSE_BLOCK / MIB, &mib, error))
    return FALSE;
  *value = mib * MIB;
  return TRUE;
}

/* --subdirectory as a prefix of names, "2025/09/"; NULL for all. Gives. */
static gboolean
prefix_of (Cli *cli, char **prefix, GError **error)
{
  const char *text = cli_value (cli, "subdirectory");
  *prefix = NULL;
  if (text == NULL || *text == '\0')
    return TRUE;
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);
  g_autoptr (GString) joined = g_string_new (NULL);
  for (char **part = parts; *part != NULL; part++) {
    if (strcmp (*part, "..") == 0 || strcmp (*part, ".") == 0) {
      cr_set_error (error, CR_ERROR_USAGE, "Name it from the top of the container: 2025/09.",
                    "\"%s\" cannot be a subdirectory.", text);
      return FALSE;
    }
    if (**part != '\0')
      g_string_append_printf (joined, "%s/", *part);
  }
  if (joined->len > 0)
    *prefix = g_strdup (joined->str);
  return TRUE;
}

static gboolean
transfer_options (Cli *cli, Work *work, const WorkflowDatastore *opened, TransferOptions *options,
                  char **plan, GError **error)
{
  if (!bandwidth (cli, &options->bandwidth, error)
      || !count (cli, "parallel", TRANSFER_PARALLEL_MAX, 0, &options->parallel, error)
      || !block_size (cli, &options->cse_block, error))
    return FALSE;
  options->verify = cli_flag (cli, "verify");
  gboolean cse = strcmp (spec_datastore_mode (opened->entry), "CSE") == 0;
  options->cse_key = cse && !cli_flag (cli, "as-is") ? opened->dek : NULL;
  const char *folder = cli_value (cli, "plan-folder");
  *plan = folder != NULL ? g_strdup (folder) : workflow_context_private (work->opener.context, "transfers");
  options->plan_folder = *plan;
  return cr_dir_make (*plan, 0700, error);
}

/* --- upload, download --- */

/* Encrypted here once more, it would be unreadable for the clean room. */
static gboolean
check_plain (const TransferOptions *options, const char *path, GError **error)
{
  if (options->cse_key == NULL)
    return TRUE;
  g_autoptr (DataCse) cse = data_cse_new (options->cse_key, options->cse_block, error);
  if (cse == NULL)
    return FALSE;
  g_autofree char *sealed = data_cse_find_sealed (cse, options->cse_block, path);
  if (sealed != NULL)
    cr_set_error (error, CR_ERROR_INPUT,
                  "Upload the files as they were before, they are encrypted on the way; or say --as-is to "
                  "upload encrypted ones.",
                  "%s is encrypted already, with the key of this datastore.", sealed);
  return sealed == NULL;
}

static gboolean
show_result (Cli *cli, const Work *work, const TransferResult *result, const char *place)
{
  json_t *shown = json_pack ("{s:s, s:s, s:i, s:i, s:I, s:I, s:I}", "datastore", work->name, "place", place,
                             "files", (int) result->files, "moved", (int) result->moved, "bytes",
                             (json_int_t) result->bytes, "sent", (json_int_t) result->sent, "resumed",
                             (json_int_t) result->resumed);
  if (result->left_out > 0)
    json_object_set_new (shown, "leftOut", json_integer (result->left_out));
  return cli_show (cli, shown, NULL);
}

static gboolean
upload (Cli *cli, GError **error)
{
  g_auto (Work) work = { 0 };
  g_auto (WorkflowDatastore) opened = { 0 };
  g_autofree char *prefix = NULL, *plan = NULL;
  TransferOptions options = { 0 };
  TransferResult result = { 0 };
  const char *source = begin (cli, &work, error) ? cli_require_either (cli, "src", "source-path", error)
                                                 : NULL;
  if (source == NULL || !prefix_of (cli, &prefix, error))
    return FALSE;
  if (!g_file_test (source, G_FILE_TEST_EXISTS)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Name a file or a folder of files.",
                  "There is no file or folder %s.", source);
    return FALSE;
  }
  if (!cli_opener (cli, TRUE, &work.opener, error))
    return FALSE;
  cli_progress_attach (&work.progress, cli);
  gboolean good = workflow_datastore_open (&work.opener, work.path, work.name, &opened, error)
                  && transfer_options (cli, &work, &opened, &options, &plan, error)
                  && check_plain (&options, source, error)
                  && transfer_upload (opened.store, cli_job (cli), prefix, source, &options, &result, error);
  cli_progress_end (&work.progress);
  return good && show_result (cli, &work, &result, cloud_store_name (opened.store));
}

static gboolean
download (Cli *cli, GError **error)
{
  g_auto (Work) work = { 0 };
  g_auto (WorkflowDatastore) opened = { 0 };
  g_autofree char *prefix = NULL, *plan = NULL;
  TransferOptions options = { 0 };
  TransferResult result = { 0 };
  gboolean sink = cli_value (cli, "cleanroom-config") != NULL;
  const char *target = !begin (cli, &work, error) ? NULL
                       : sink                     ? cli_require_either (cli, "target-folder", "dst", error)
                              : cli_require_either (cli, "dst", "destination-path", error);
  if (target == NULL || !prefix_of (cli, &prefix, error) || !cli_opener (cli, TRUE, &work.opener, error))
    return FALSE;
  cli_progress_attach (&work.progress, cli);
  gboolean good = workflow_datastore_open (&work.opener, work.path, work.name, &opened, error)
                  && transfer_options (cli, &work, &opened, &options, &plan, error);
  /* As others lay it out: a folder for each datastore. */
  g_autofree char *folder = g_build_filename (target, work.name, NULL);
  good = good && cr_dir_make (folder, 0700, error)
         && transfer_download (opened.store, cli_job (cli), prefix, folder, &options, &result, error);
  cli_progress_end (&work.progress);
  if (good && prefix != NULL && result.files == 0) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Look how it is written; capital letters count.",
                  "There is nothing below %s in the %s.", prefix, cloud_store_name (opened.store));
    return FALSE;
  }
  return good && show_result (cli, &work, &result, folder);
}

/* --- encrypt, decrypt --- */

/* The key of a datastore with CSE, without any service where it is in a keyring or a folder. Gives the
 * cipher. */
static DataCse *
open_cipher (Cli *cli, Work *work, json_t **entry, GError **error)
{
  guint block = 0;
  *entry = block_size (cli, &block, error) ? spec_datastore_load (work->path, work->name, error) : NULL;
  if (*entry == NULL)
    return NULL;
  const char *mode = spec_datastore_mode (*entry);
  if (strcmp (mode, "CSE") != 0) {
    cr_set_error (error, CR_ERROR_INPUT,
                  strcmp (mode, "CPK") == 0
                      ? N_ ("Upload the files as they are; the service encrypts them with your key.")
                      : N_ ("Upload the files as they are; the service encrypts them."),
                  "The files of %s are not encrypted here: its mode is %s, not CSE.", work->name, mode);
    return NULL;
  }
  if (!cli_opener (cli, workflow_datastore_needs_vault (*entry, work->path), &work->opener, error))
    return NULL;
  g_autoptr (GBytes) dek = workflow_datastore_dek (&work->opener, *entry, work->path, NULL, error);
  return dek != NULL ? data_cse_new (dek, block, error) : NULL;
}

static gboolean
copy (Cli *cli, gboolean encrypt, GError **error)
{
  g_auto (Work) work = { 0 };
  g_autoptr (json_t) entry = NULL;
  const char *source = begin (cli, &work, error) ? cli_require_either (cli, "src", "source-path", error)
                                                 : NULL;
  const char *target = source != NULL ? cli_require_either (cli, "dst", "destination-path", error) : NULL;
  g_autoptr (DataCse) cse = target != NULL ? open_cipher (cli, &work, &entry, error) : NULL;
  if (cse == NULL)
    return FALSE;
  g_autofree char *folder = encrypt ? g_strdup (target)
                                    : g_build_filename (target, work.name,
                                                        cr_json_peek_string (entry, "storeName"), NULL);
  guint files = 0;
  cli_progress_attach (&work.progress, cli);
  gboolean good = cr_dir_make (folder, 0700, error)
                  && data_cse_copy (cse, cli_job (cli), encrypt, source, folder, &files, error);
  cli_progress_end (&work.progress);
  return good
         && cli_show (
             cli,
             json_pack ("{s:s, s:s, s:i}", "datastore", work.name, "place", folder, "files", (int) files),
             NULL);
}

static gboolean
encrypt (Cli *cli, GError **error)
{
  return copy (cli, TRUE, error);
}

static gboolean
decrypt (Cli *cli, GError **error)
{
  return copy (cli, FALSE, error);
}

#define COMMON_OPTIONS                                                                                       \
  { "name", CLI_VALUE, "NAME", N_ ("the datastore") },                                                       \
      { "datastore-name", CLI_VALUE, "NAME", N_ ("the same") },                                              \
      { "config", CLI_VALUE, "FILE", N_ ("the file of datastores") },                                        \
      { "datastore-config-file", CLI_VALUE, "FILE", N_ ("the same") },                                       \
      { "block-size", CLI_VALUE, "MIB", N_ ("CSE: MiB of one encrypted block (default 16)") },               \
      { "blockSize", CLI_VALUE, "MIB", N_ ("the same") },                                                    \
      { "as", CLI_VALUE, "PERSONA", N_ ("whose it is: its own files are used, its keyring, its account") },  \
  {                                                                                                          \
    "verbose", CLI_FLAG, NULL, N_ ("say every call")                                                         \
  }
#define SOURCE_OPTIONS                                                                                       \
  { "src", CLI_VALUE, "PATH", N_ ("the file or folder") },                                                   \
  {                                                                                                          \
    "source-path", CLI_VALUE, "PATH", N_ ("the same")                                                        \
  }
#define TARGET_OPTIONS                                                                                       \
  { "dst", CLI_VALUE, "FOLDER", N_ ("where it goes to") },                                                   \
  {                                                                                                          \
    "destination-path", CLI_VALUE, "FOLDER", N_ ("the same")                                                 \
  }
#define TRANSFER_OPTIONS                                                                                     \
  { "subdirectory", CLI_VALUE, "PATH", N_ ("only this part of the container") },                             \
      { "bandwidth", CLI_VALUE, "RATE", N_ ("bytes per second at most: 500k, 10M") },                        \
      { "parallel", CLI_VALUE, "N", N_ ("blocks under way at a time (8, at most 16)") },                     \
      { "verify", CLI_FLAG, NULL, N_ ("read everything back and compare") },                                 \
      { "plan-folder", CLI_VALUE, "FOLDER",                                                                  \
        N_ ("where to note what arrived, to go on after an interruption") },                                 \
  {                                                                                                          \
    "as-is", CLI_FLAG, NULL, N_ ("CSE: the files are encrypted already, and stay so")                        \
  }

#define SINK_OPTIONS                                                                                         \
  CLI_CONFIG_OPTION, CLI_DATASTORES_OPTION,                                                                  \
      { "block-size", CLI_VALUE, "MIB", N_ ("CSE: MiB of one encrypted block (default 16)") },               \
      { "as", CLI_VALUE, "PERSONA", N_ ("whose it is: its own files are used, its keyring, its account") },  \
  {                                                                                                          \
    "verbose", CLI_FLAG, NULL, N_ ("say every call")                                                         \
  }

static const CliOption sink_download_options[] = {
  SINK_OPTIONS,
  { "target-folder", CLI_VALUE, "FOLDER", N_ ("where it goes to") },
  { "dst", CLI_VALUE, "FOLDER", N_ ("the same") },
  TRANSFER_OPTIONS,
  CLI_END,
};
static const CliOption sink_decrypt_options[] = { SINK_OPTIONS, SOURCE_OPTIONS, TARGET_OPTIONS, CLI_END };
static const CliOption upload_options[] = { COMMON_OPTIONS, SOURCE_OPTIONS, TRANSFER_OPTIONS, CLI_END };
static const CliOption download_options[] = { COMMON_OPTIONS, TARGET_OPTIONS, TRANSFER_OPTIONS, CLI_END };
static const CliOption copy_options[] = { COMMON_OPTIONS, SOURCE_OPTIONS, TARGET_OPTIONS, CLI_END };

const CliCommand cli_transfer_commands[] = {
  { "datastore upload", "", N_ ("bring a file or folder there; goes on where an interrupted upload was"),
    "cleanroom datastore upload --name sales --src sales/ --as northwind", 0, 0, upload_options, upload,
    TRUE },
  { "datastore download", "", N_ ("get what is there, into FOLDER/NAME"),
    "cleanroom datastore download --name sales --dst got/ --as northwind", 0, 0, download_options, download,
    FALSE },
  { "datastore encrypt", "", N_ ("encrypt files here (CSE)"),
    "cleanroom datastore encrypt --name sales --src sales/ --dst sealed/ --as northwind", 0, 0, copy_options,
    encrypt, FALSE },
  { "datastore decrypt", "", N_ ("decrypt files here (CSE), into FOLDER/NAME/CONTAINER"),
    "cleanroom datastore decrypt --name sales --src sealed/ --dst plain/ --as northwind", 0, 0, copy_options,
    decrypt, FALSE },
  { "logs download", "", N_ ("get what the application has logged, into FOLDER/DATASTORE"),
    "cleanroom logs download --cleanroom-config tdp.config --target-folder logs/ --as northwind", 0, 0,
    sink_download_options, download, FALSE },
  { "logs decrypt", "", N_ ("decrypt logs here that were downloaded --as-is (CSE)"),
    "cleanroom logs decrypt --cleanroom-config tdp.config --src logs/ --dst plain/ --as northwind", 0, 0,
    sink_decrypt_options, decrypt, FALSE },
  { "telemetry download", "", N_ ("get the clean room's own logs, metrics and traces, into FOLDER/DATASTORE"),
    "cleanroom telemetry download --cleanroom-config tdp.config --target-folder telemetry/ --as northwind", 0,
    0, sink_download_options, download, FALSE },
  { "telemetry decrypt", "", N_ ("decrypt telemetry here that was downloaded --as-is (CSE)"),
    "cleanroom telemetry decrypt --cleanroom-config tdp.config --src telemetry/ --dst plain/ --as northwind",
    0, 0, sink_decrypt_options, decrypt, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
