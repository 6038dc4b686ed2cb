/* SPDX-License-Identifier: MIT
 * Signs any governance message, right or wrong, for the scripts that send it and look at the answer.
 *
 *   gov-tool sign STATE PERSONA NAME TYPE CREATED PROPOSAL PAYLOAD OUT   with a member's key from its keyring
 *   gov-tool forge KID TYPE CREATED PROPOSAL PAYLOAD OUT                 with a key nobody knows, KID claimed
 *
 * "-" leaves out PROPOSAL, names the own id for KID, and means the empty payload; CREATED 0 is now. PAYLOAD
 * and OUT are files. Prints the member id of the key.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "keys/key-daemon.h"
#include "keys/member.h"
#include "workflow/state.h"

/* NULL for "-". */
static const char *
given (const char *text)
{
  return strcmp (text, "-") != 0 ? text : NULL;
}

static GBytes *
read_payload (const char *path, GError **error)
{
  return given (path) != NULL ? cr_file_read (path, COSE_MAX_BYTES, error) : g_bytes_new (NULL, 0);
}

static gboolean
write_message (const char *path, GBytes *message, GError **error)
{
  return message != NULL
         && cr_file_write (path, g_bytes_get_data (message, NULL), (gssize) g_bytes_get_size (message), 0600,
                           error);
}

/* ARGS: TYPE CREATED PROPOSAL PAYLOAD OUT. */
static CoseHeader
read_header (char **args, const char *kid)
{
  gint64 created = g_ascii_strtoll (args[1], NULL, 10);
  CoseHeader header = { .kid = kid, .type = args[0], .proposal_id = given (args[2]) };
  header.created_at = created != 0 ? created : cr_now_seconds ();
  return header;
}

static gboolean
sign (char **args, GError **error)
{
  if (!keyring_ensure (args[0], FALSE, error))
    return FALSE;
  g_autofree char *collaboration = workflow_collaboration_id (args[0], error);
  KeyStore *store = collaboration != NULL ? key_store_secret_service_new (error) : NULL;
  g_autoptr (MemberIdentity) member =
      store != NULL ? member_identity_load (store, collaboration, args[1], args[2], error) : NULL;
  g_autoptr (GBytes) payload = member != NULL ? read_payload (args[6], error) : NULL;
  gboolean good = FALSE;
  if (payload != NULL) {
    CoseHeader header = read_header (args + 3, NULL);
    g_autoptr (GBytes) message = member_identity_sign (member, &header, payload, error);
    good = write_message (args[7], message, error);
    printf ("%s\n", member_identity_id (member));
  }
  if (store != NULL)
    key_store_free (store);
  return good;
}

static gboolean
forge (char **args, GError **error)
{
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P384, error);
  g_autoptr (X509) cert = key != NULL ? cose_cert_new_member ("stranger", key, 0, error) : NULL;
  g_autoptr (GBytes) payload = cert != NULL ? read_payload (args[4], error) : NULL;
  if (payload == NULL)
    return FALSE;
  g_autofree char *id = cose_cert_id (cert);
  CoseHeader header = read_header (args + 1, given (args[0]) != NULL ? args[0] : id);
  g_autoptr (GBytes) message = cose_sign1_sign (&header, payload, key, error);
  printf ("%s\n", id);
  return write_message (args[5], message, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  gboolean good = FALSE;
  if (argc == 10 && strcmp (argv[1], "sign") == 0)
    good = sign (argv + 2, &error);
  else if (argc == 8 && strcmp (argv[1], "forge") == 0)
    good = forge (argv + 2, &error);
  else
    fprintf (stderr, "usage: gov-tool sign STATE PERSONA NAME TYPE CREATED PROPOSAL PAYLOAD OUT | "
                     "forge KID TYPE CREATED PROPOSAL PAYLOAD OUT\n");
  if (error != NULL)
    fprintf (stderr, "%s\n", error->message);
  return good ? 0 : 1;
}
