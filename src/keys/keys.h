/* SPDX-License-Identifier: MIT
 * The key store: secrets by name, kept by a back end (the desktop keyring by default).
 *
 * An entry is found by collaboration, persona, kind and name. Values are any bytes; the back end sees one
 * line of base64, because a keyring file can be lost when a value holds a newline. Every write is read back
 * and compared. Attributes are NOT secret: the keyring may store them in the clear.
 * A store may be used by several threads.
 */
#pragma once

#include <glib.h>

#include "base/secret.h"

G_BEGIN_DECLS

#define KEY_VALUE_MAX_BYTES (64u * 1024)

/* Kinds in use. Any other name that cr_name_valid accepts may be used too. */
#define KEY_KIND_MEMBER_KEY "member-key"                       /* PKCS#8 DER */
#define KEY_KIND_MEMBER_CERTIFICATE "member-certificate"       /* DER */
#define KEY_KIND_MEMBER_ENCRYPTION_KEY "member-encryption-key" /* PKCS#8 DER */
#define KEY_KIND_TOKEN "token"                                 /* a token text, or JSON of several */
#define KEY_KIND_DEK "dek"                                     /* 32 bytes, the key of a datastore */
#define KEY_KIND_AWS_KEY "aws-key"                             /* JSON: awsAccessKeyId, awsSecretAccessKey */
#define KEY_KIND_ACCOUNT "account"                             /* a password of a local account */

/* Borrowed texts. The first four find the entry; the others are for people and for verification. */
typedef struct {
  const char *collaboration; /* 1..128 printable ASCII characters, as each of the first four */
  const char *persona;
  const char *kind;
  const char *name;
  const char *algorithm;   /* "P-384"; may be NULL */
  const char *fingerprint; /* hex of a public thing, never of the secret; may be NULL */
  const char *created;     /* ISO 8601; NULL = now at put */
} KeyAttributes;

typedef struct {
  char *collaboration, *persona, *kind, *name;
  char *algorithm, *fingerprint, *created; /* "" when unknown */
} KeyEntry;

void key_entry_free (KeyEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeyEntry, key_entry_free)

/* What a back end does. VALUE is one line of base64. All errors are CR_ERROR. Calls are serialised by the
 * store. */
typedef struct {
  /* replaces */
  gboolean (*put) (gpointer self, const KeyAttributes *attributes, const char *value, GError **error);
  /* NULL: CR_ERROR_NOT_FOUND */
  CrSecretText (*get) (gpointer self, const KeyAttributes *attributes, GError **error);
  /* absent: NOT_FOUND */
  gboolean (*remove) (gpointer self, const KeyAttributes *attributes, GError **error);
  /* KeyEntry*; NULL fields match all */
  GPtrArray *(*list) (gpointer self, const KeyAttributes *filter, GError **error);
  void (*free) (gpointer self);
} KeyStoreBackend;

typedef struct KeyStore KeyStore;

/* BACKEND must live as long as the store (a static table); SELF is freed with it. Gives. */
KeyStore *key_store_new (const KeyStoreBackend *backend, gpointer self);
/* The desktop keyring (Secret Service over the session bus, see keyring_ensure in key-daemon.h). Entries
 * have the schema org.cleanroom.Key. CR_ERROR_ADMIN with a hint when there is no keyring or it is locked;
 * no call hangs longer than about 20 seconds and nothing is prompted without a display. Gives. */
KeyStore *key_store_secret_service_new (GError **error);
void key_store_free (KeyStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeyStore, key_store_free)

/* Write or replace, read back, compare. 1..KEY_VALUE_MAX_BYTES bytes. After an error nothing may be assumed
 * to be stored. */
gboolean key_store_put (KeyStore *store, const KeyAttributes *attributes, GBytes *value, GError **error);
/* Gives bytes in secret memory. CR_ERROR_NOT_FOUND when there is no such entry. */
GBytes *key_store_get (KeyStore *store, const KeyAttributes *attributes, GError **error);
/* The same for texts without NUL. */
gboolean key_store_put_text (KeyStore *store, const KeyAttributes *attributes, const char *text,
                             GError **error);
CrSecretText key_store_get_text (KeyStore *store, const KeyAttributes *attributes, GError **error);
gboolean key_store_remove (KeyStore *store, const KeyAttributes *attributes, GError **error);
/* Entries that match the non-NULL members of FILTER (NULL = all of the application), sorted by collaboration,
 * persona, kind, name. Gives GPtrArray of KeyEntry*. */
GPtrArray *key_store_list (KeyStore *store, const KeyAttributes *filter, GError **error);

G_END_DECLS
