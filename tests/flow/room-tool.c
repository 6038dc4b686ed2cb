/* SPDX-License-Identifier: MIT
 * Acts as a clean room on the simulated processor of a local environment, for scripts that check what it is
 * given.
 *
 *   room-tool SANDBOX HOST-DATA LEDGER SERVICE-CERT METHOD PATH [DATA]
 *
 * SANDBOX is the folder of the local environment with the processor's keys, PATH is below /app, DATA a JSON
 * file that is sent signed. A key pair is made, bound by a report with HOST-DATA; the opened answer goes to
 * stdout.
 */
#include "base/error.h"
#include "base/file.h"
#include "ccf/ccf.h"
#include "sandbox/attestation.h"

#include <stdio.h>

#define FILE_MAX (64u * 1024)

static json_t *
make_body (const AttestationClient *room, const char *data_path, GError **error)
{
  if (data_path == NULL)
    return attestation_client_encrypt_body (room);
  g_autoptr (json_t) data = cr_json_load (data_path, error);
  return data != NULL ? attestation_client_signed_body (room, data, error) : NULL;
}

static gboolean
run (char **args, GError **error)
{
  g_autofree char *certificate = cr_file_read_text (args[3], FILE_MAX, error);
  g_autoptr (CcfClient) client = certificate != NULL ? ccf_client_new (args[2], certificate, error) : NULL;
  g_autoptr (AttestationClient) room = client != NULL ? attestation_client_new (args[0], args[1], error)
                                                      : NULL;
  g_autoptr (json_t) body = room != NULL ? make_body (room, args[6], error) : NULL;
  g_autoptr (json_t) answer =
      body != NULL ? ccf_app_call (NULL, client, CCF_WRITE, args[4], args[5], body, NULL, error) : NULL;
  g_autoptr (GBytes) plain = answer != NULL ? attestation_client_unwrap (room, answer, error) : NULL;
  if (plain == NULL)
    return FALSE;
  return fwrite (g_bytes_get_data (plain, NULL), 1, g_bytes_get_size (plain), stdout) > 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (argc != 7 && argc != 8) {
    fprintf (stderr, "usage: room-tool SANDBOX HOST-DATA LEDGER SERVICE-CERT METHOD PATH [DATA]\n");
    return 2;
  }
  if (run (argv + 1, &error))
    return 0;
  fprintf (stderr, "room-tool: %s %s\n",
           cr_error_remote_code (error) != NULL ? cr_error_remote_code (error) : "-", error->message);
  return 1;
}
