/* SPDX-License-Identifier: MIT
 * Sign-in without a server: what tokens say, what is refused before a call, what is kept.
 */
#include "memory-keys.h"

#include "base/encode.h"
#include "base/error.h"
#include "identity/identity.h"
#include "identity/local.h"

#include <string.h>

/* --- tests ---------------------------------------------------------------------------------------------- */

static char *
token_with (const char *claims)
{
  g_autofree char *header = cr_base64url ("{\"alg\":\"RS256\"}", 15);
  g_autofree char *body = cr_base64url (claims, strlen (claims));
  return g_strdup_printf ("%s.%s.c2ln", header, body);
}

static void
test_person (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *token =
      token_with ("{\"oid\":\"o\",\"tid\":\"t\",\"preferred_username\":\"a@b.c\",\"name\":\"A\"}");
  g_autoptr (IdentityPerson) person = identity_person_from_token (token, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (person->oid, ==, "o");
  g_assert_cmpstr (person->tid, ==, "t");
  g_assert_cmpstr (person->address, ==, "a@b.c");
  g_assert_cmpstr (person->name, ==, "A");

  g_autofree char *old = token_with ("{\"oid\":\"o\",\"tid\":\"t\",\"upn\":\"old@b.c\"}");
  g_autoptr (IdentityPerson) elder = identity_person_from_token (old, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (elder->address, ==, "old@b.c");

  static const char *const bad[] = { "{\"tid\":\"t\",\"preferred_username\":\"a@b.c\"}",
                                     "{\"oid\":\"o\",\"preferred_username\":\"a@b.c\"}",
                                     "{\"oid\":\"o\",\"tid\":\"t\"}",
                                     "{\"oid\":1,\"tid\":\"t\",\"preferred_username\":\"a@b.c\"}",
                                     "[]",
                                     "" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *wrong = token_with (bad[i]);
    g_assert_null (identity_person_from_token (wrong, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
    g_clear_error (&error);
  }
  g_assert_null (identity_person_from_token ("not a token", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

static void
test_not_signed_in (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KeyStore) keys = memory_keys_new ();
  const IdentityOptions options = {
    .keys = keys, .collaboration = "c", .persona = "northwind", .identity_url = "https://127.0.0.1:9"
  };
  g_autoptr (IdentitySession) session = identity_session_open (&options, &error);
  g_assert_no_error (error);
  g_assert_false (identity_session_is_signed_in (session));
  g_assert_null (identity_session_token (session, NULL, IDENTITY_SCOPE_STORAGE, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_SIGN_IN);
  g_clear_error (&error);
  g_assert_null (identity_session_id_token (session, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_SIGN_IN);
  g_clear_error (&error);
  g_assert_true (identity_session_sign_out (session, &error));
  g_assert_no_error (error);
}

/* The session finds the only account; two need an answer; another persona's token is not seen. */
static void
test_stored (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KeyStore) keys = memory_keys_new ();
  KeyAttributes entry = {
    .collaboration = "c", .persona = "northwind", .kind = KEY_KIND_TOKEN, .name = "a@b.c"
  };
  g_assert_true (key_store_put_text (keys, &entry, "refresh-1", &error));
  entry.persona = "woodgrove";
  entry.name = "w@b.c";
  g_assert_true (key_store_put_text (keys, &entry, "refresh-2", &error));

  const IdentityOptions options = {
    .keys = keys, .collaboration = "c", .persona = "northwind", .identity_url = "https://127.0.0.1:9"
  };
  g_autoptr (IdentitySession) session = identity_session_open (&options, &error);
  g_assert_true (identity_session_is_signed_in (session));
  const IdentityOptions other = { .keys = keys,
                                  .collaboration = "c",
                                  .persona = "northwind",
                                  .account = "x@b.c",
                                  .identity_url = "https://127.0.0.1:9" };
  g_autoptr (IdentitySession) stranger = identity_session_open (&other, &error);
  g_assert_false (identity_session_is_signed_in (stranger));

  entry.persona = "northwind";
  g_assert_true (key_store_put_text (keys, &entry, "refresh-3", &error));
  g_autoptr (IdentitySession) unclear = identity_session_open (&options, &error);
  g_assert_null (identity_session_token (unclear, NULL, IDENTITY_SCOPE_STORAGE, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);

  g_assert_true (identity_session_sign_out (session, &error));
  g_assert_false (identity_session_is_signed_in (session));
}

static void
test_local_only (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KeyStore) keys = memory_keys_new ();
  IdentityLocal local = {
    .keys = keys, .collaboration = "c", .persona = "northwind", .identity_url = "https://login.example.com"
  };
  g_assert_null (identity_local_create_account (&local, NULL, "a@b.example", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_false (identity_local_approve (&local, NULL, "a@b.example", "ABC", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_clear_error (&error);
  local.sandbox = TRUE;
  g_assert_null (identity_local_create_account (&local, NULL, "no address", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_false (identity_local_approve (&local, NULL, "a@b.example", "ABC", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/identity/person", test_person);
  g_test_add_func ("/identity/not-signed-in", test_not_signed_in);
  g_test_add_func ("/identity/stored", test_stored);
  g_test_add_func ("/identity/local-only", test_local_only);
  return g_test_run ();
}
