/* SPDX-License-Identifier: MIT
 * Makes and checks governance messages in files, for the scripts that compare them with other
 * implementations.
 *
 *   cose-tool make DIR    a member key and certificate, then DIR/{cert.pem,public.pem,id} and for each
 * message                         DIR/NAME.cose, .tbs (the bytes that are signed), .der (the signature),
 * .payload   cose-tool verify CERT.pem MESSAGE    prints type, time and payload; exit status 1 when it does
 * not verify
 */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cose/cose.h"
#include "cose/x509.h"

static gboolean
write_bytes (const char *dir, const char *name, GBytes *bytes, GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  return cr_file_write (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), 0644, error);
}

static gboolean
write_text (const char *dir, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  return cr_file_write (path, text, -1, 0644, error);
}

static gboolean
make_message (const char *dir, const CoseHeader *header, const char *payload_text, EVP_PKEY *key,
              GError **error)
{
  g_autoptr (GBytes) payload = g_bytes_new (payload_text, strlen (payload_text));
  g_autoptr (GBytes) message = cose_sign1_sign (header, payload, key, error);
  g_autoptr (CoseSign1) parsed = message != NULL ? cose_sign1_parse (message, error) : NULL;
  if (parsed == NULL)
    return FALSE;
  g_autoptr (GBytes) tbs = cose_sign1_to_be_signed (parsed->protected_bytes, payload);
  gsize length = g_bytes_get_size (parsed->signature);
  g_autoptr (GBytes) der = cose_ecdsa_to_der (g_bytes_get_data (parsed->signature, NULL), length,
                                              (guint) length / 2, error);
  g_autofree char *cose_name = g_strconcat (header->type, ".cose", NULL);
  g_autofree char *tbs_name = g_strconcat (header->type, ".tbs", NULL);
  g_autofree char *der_name = g_strconcat (header->type, ".der", NULL);
  g_autofree char *payload_name = g_strconcat (header->type, ".payload", NULL);
  return der != NULL && write_bytes (dir, cose_name, message, error)
         && write_bytes (dir, tbs_name, tbs, error) && write_bytes (dir, der_name, der, error)
         && write_bytes (dir, payload_name, payload, error);
}

static gboolean
make_all (const char *dir, GError **error)
{
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P384, error);
  g_autoptr (X509) cert = key != NULL ? cose_cert_new_member ("interop", key, 0, error) : NULL;
  if (cert == NULL)
    return FALSE;
  g_autofree char *id = cose_cert_id (cert);
  g_autofree char *cert_pem = cose_cert_to_pem (cert);
  g_autofree char *public_pem = cose_key_public_pem (key);
  CoseHeader proposal = { .kid = id, .type = "proposal", .created_at = 1700000000 };
  CoseHeader ballot = { .kid = id, .type = "ballot", .created_at = 1700000001, .proposal_id = id };
  CoseHeader digest = { .kid = id, .type = "state_digest", .created_at = 1700000002 };
  return write_text (dir, "cert.pem", cert_pem, error) && write_text (dir, "public.pem", public_pem, error)
         && write_text (dir, "id", id, error)
         && make_message (dir, &proposal, "{\"actions\":[{\"name\":\"trigger_snapshot\"}]}", key, error)
         && make_message (dir, &ballot,
                          "{\"ballot\":\"export function vote (proposal, proposerId) { return true }\"}", key,
                          error)
         && make_message (dir, &digest, "", key, error);
}

static gboolean
verify (const char *cert_path, const char *message_path, GError **error)
{
  g_autofree char *pem = cr_file_read_text (cert_path, COSE_PEM_MAX_BYTES, error);
  g_autoptr (X509) cert = pem != NULL ? cose_cert_from_pem (pem, -1, cert_path, error) : NULL;
  g_autoptr (GBytes) bytes = cert != NULL ? cr_file_read (message_path, COSE_MAX_BYTES, error) : NULL;
  g_autoptr (CoseSign1) message = bytes != NULL ? cose_sign1_parse (bytes, error) : NULL;
  if (message == NULL || !cose_sign1_verify_cert (message, cert, error))
    return FALSE;
  printf ("%s %" G_GINT64_FORMAT " ", message->type != NULL ? message->type : "-", message->created_at);
  fwrite (g_bytes_get_data (message->payload, NULL), 1, g_bytes_get_size (message->payload), stdout);
  printf ("\n");
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  gboolean good = FALSE;
  if (argc == 3 && strcmp (argv[1], "make") == 0)
    good = make_all (argv[2], &error);
  else if (argc == 4 && strcmp (argv[1], "verify") == 0)
    good = verify (argv[2], argv[3], &error);
  else
    fprintf (stderr, "usage: cose-tool make DIR | verify CERT MESSAGE\n");
  if (error != NULL)
    fprintf (stderr, "%s\n", error->message);
  return good ? 0 : 1;
}
