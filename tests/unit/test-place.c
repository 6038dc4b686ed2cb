/* SPDX-License-Identifier: MIT
 * Which environment is in use (workflow/place.h): the order, names that are not there, work that lies apart,
 * exports.
 */
#include "base/error.h"
#include "base/file.h"
#include "cose/x509.h"
#include "workflow/context.h"
#include "workflow/local-sandbox.h"
#include "workflow/place.h"

#include <glib/gstdio.h>
#include <string.h>

#define SERVICES                                                                                             \
  "endpoints:\n  identity: https://127.0.0.1:1\n  management: https://127.0.0.1:2\n"                         \
  "  provider: https://127.0.0.1:3\n"

static char *base, *settings;

static void
put (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_assert_true (cr_dir_make (parent, 0700, NULL));
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* A state folder with the environments "trials" (services and all) and "bare" (a ledger). Gives. */
static char *
state_folder (const char *name, const char *pem)
{
  char *state = g_build_filename (base, name, NULL);
  g_autoptr (GError) error = NULL;
  put (state, "environments/trials.yaml", "name: trials\nkind: sandbox\n" SERVICES);
  g_autoptr (CcfConsortium) bare = ccf_consortium_new ("bare");
  bare->url = g_strdup ("https://127.0.0.1:4");
  bare->service_certificate = g_strdup (pem);
  bare->account = g_strdup ("tdp");
  g_assert_true (ccf_consortium_save (bare, state, &error));
  g_assert_no_error (error);
  return state;
}

static char *
certificate_pem (void)
{
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P384, NULL);
  g_autoptr (X509) certificate = cose_cert_new_member ("service", key, 1, NULL);
  return cose_cert_to_pem (certificate);
}

static void
chosen (const char *state, const char *given, const char *name, WorkflowChosenBy by)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WorkflowPlace) place = workflow_place_choose (state, given, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (place->name, ==, name);
  g_assert_cmpint (place->by, ==, by);
  g_autofree char *own = g_build_filename (state, "environments", name, NULL);
  g_assert_cmpstr (place->folder, ==, strcmp (name, "local") == 0 ? state : own);
}

static void
refused (const char *state, const char *given, CrErrorCode code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (workflow_place_choose (state, given, &error));
  g_assert_error (error, CR_ERROR, (gint) code);
  g_assert_nonnull (strstr (error->message, part));
}

static void
test_order (void)
{
  g_autofree char *pem = certificate_pem ();
  g_autofree char *state = state_folder ("order", pem);
  g_remove (settings);
  chosen (state, NULL, "local", WORKFLOW_BY_DEFAULT);
  g_assert_true (g_file_set_contents (settings, "theme: dark\nenvironment: trials\n", -1, NULL));
  chosen (state, NULL, "trials", WORKFLOW_BY_SETTING);
  g_assert_true (workflow_place_use (state, "bare", NULL));
  chosen (state, NULL, "bare", WORKFLOW_BY_STATE);
  chosen (state, "trials", "trials", WORKFLOW_BY_OPTION);
  chosen (state, "local", "local", WORKFLOW_BY_OPTION);
  /* "local" chosen for the folder is a choice too. */
  g_assert_true (workflow_place_use (state, "local", NULL));
  chosen (state, NULL, "local", WORKFLOW_BY_STATE);
  /* The name that the folder's own environment has. */
  put (state, "environment.yaml", "name: prod\nkind: azure\n" SERVICES);
  chosen (state, "prod", "local", WORKFLOW_BY_OPTION);
}

static void
test_unknown (void)
{
  g_autofree char *pem = certificate_pem ();
  g_autofree char *state = state_folder ("unknown", pem);
  g_autoptr (GError) error = NULL;
  g_remove (settings);
  refused (state, "tirals", CR_ERROR_NOT_FOUND, "tirals");
  refused (state, "../x", CR_ERROR_NOT_FOUND, "../x");
  g_assert_false (workflow_place_use (state, "none", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_assert_true (g_file_set_contents (settings, "# mine\n\nenvironment: none\n", -1, NULL));
  refused (state, NULL, CR_ERROR_INPUT, "settings.yaml line 3:");
  /* A file that cannot be read at all is told by the faces; nothing is guessed from it. */
  g_assert_true (g_file_set_contents (settings, "environment: [\n", -1, NULL));
  chosen (state, NULL, "local", WORKFLOW_BY_DEFAULT);
  g_remove (settings);
  /* Chosen once, removed by hand. */
  put (state, "environments/current", "gone\n");
  refused (state, NULL, CR_ERROR_NOT_FOUND, "gone");
}

/* A state folder may have any name; only a description beside it makes it an environment's folder. */
static void
test_folders (void)
{
  g_autofree char *pem = certificate_pem ();
  g_autofree char *state = state_folder ("folders", pem);
  g_autofree char *added = g_build_filename (state, "environments", "trials", NULL);
  g_autofree char *odd = g_build_filename (base, "environments", "a", NULL);
  gboolean ours = TRUE;
  g_assert_true (environment_is_added (added));
  g_assert_false (environment_is_added (state));
  g_assert_false (environment_is_added (odd));
  g_autofree char *around = environment_state_dir (added);
  g_assert_cmpstr (around, ==, state);
  /* Of kind sandbox, but somebody else's: never started here. */
  g_assert_true (local_sandbox_is_ours (added, &ours, NULL));
  g_assert_false (ours);
  g_assert_true (local_sandbox_is_ours (state, &ours, NULL));
  g_assert_true (ours);
  g_autoptr (GPtrArray) names = workflow_place_names (state);
  g_assert_cmpuint (names->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (names, 0), ==, "local");
}

static void
test_require (void)
{
  g_autofree char *pem = certificate_pem ();
  g_autofree char *state = state_folder ("require", pem);
  g_autofree char *folder = g_build_filename (state, "environments", "bare", NULL);
  g_autofree char *file = g_strconcat (folder, ".yaml", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (Environment) bare = environment_load (folder, &error);
  g_assert_no_error (error);
  for (int part = ENVIRONMENT_IDENTITY; part <= ENVIRONMENT_SUBSCRIPTION; part++) {
    g_assert_null (environment_require (bare, (EnvironmentPart) part, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
    g_assert_nonnull (strstr (error->message, file));
    g_assert_nonnull (strstr (cr_error_hint (error), file));
    g_clear_error (&error);
  }
  g_autofree char *other = g_build_filename (state, "environments", "trials", NULL);
  g_autoptr (Environment) whole = environment_load (other, &error);
  g_assert_cmpstr (environment_require (whole, ENVIRONMENT_PROVIDER, NULL), ==, "https://127.0.0.1:3");
  g_assert_null (environment_require (whole, ENVIRONMENT_SUBSCRIPTION, &error));
  g_assert_nonnull (strstr (cr_error_hint (error), "'subscription: <id>'"));
}

static void
test_export (void)
{
  g_autofree char *pem = certificate_pem ();
  g_autofree char *state = state_folder ("export", pem);
  g_autoptr (GError) error = NULL;
  /* The ledger that was made in the folder goes along; who acts here does not. */
  put (state, "environment.yaml", "name: local\nkind: sandbox\nas: me\n" SERVICES);
  put (state, "public/ccfEndpoint.json", "{\"url\": \"https://127.0.0.1:5\", \"serviceCert\": \"s.pem\"}");
  put (state, "public/s.pem", pem);
  put (state, "public/ccf.recovery-agent.json",
       "{\"endpoint\": \"https://127.0.0.1:6\", \"snpHostData\": "
       "\"73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20\"}");
  g_autoptr (WorkflowPlace) local = workflow_place_choose (state, "local", NULL);
  g_autofree char *text = workflow_place_export (local, &error);
  g_assert_no_error (error);
  g_autoptr (Environment) read = environment_parse (text, strlen (text), "join.yaml", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (read->ledger->url, ==, "https://127.0.0.1:5");
  g_assert_cmpstr (read->ledger->service_certificate, ==, pem);
  g_assert_cmpstr (read->ledger->discovery_url, ==, "https://127.0.0.1:6/network/report");
  g_assert_null (read->ledger->account);

  /* Whoever takes it has the same files as those who are there. */
  g_free (read->ledger->name);
  read->ledger->name = g_strdup ("join");
  g_assert_true (ccf_consortium_save (read->ledger, state, &error));
  g_autoptr (WorkflowPlace) join = workflow_place_choose (state, "join", NULL);
  g_assert_true (workflow_place_publish (join, &error));
  g_autofree char *theirs = g_build_filename (join->folder, "public", "ccf.recovery-agent.json", NULL);
  g_autofree char *agent = NULL;
  g_assert_true (g_file_get_contents (theirs, &agent, NULL, NULL));
  g_assert_nonnull (strstr (agent, "\"https://127.0.0.1:6\""));
  g_autofree char *again = workflow_place_export (join, &error);
  g_assert_no_error (error);
  g_autoptr (Environment) second = environment_parse (again, strlen (again), "again.yaml", &error);
  g_assert_cmpstr (second->ledger->url, ==, "https://127.0.0.1:5");

  /* An operator who published a name outside the folder is not followed. */
  put (state, "public/ccfEndpoint.json",
       "{\"url\": \"https://x\", \"serviceCert\": \"../environment.yaml\"}");
  g_assert_null (workflow_place_export (local, &error));
  g_assert_nonnull (error);
}

static void
test_secrets (void)
{
  static const char text[] = "name: x\nkind: sandbox\n" SERVICES
                             "trust: |\n  -----BEGIN PRIVATE KEY-----\n  AAAA\n  -----END PRIVATE KEY-----\n";
  g_autoptr (GError) error = NULL;
  g_assert_null (environment_parse (text, strlen (text), "e.yaml", &error));
  g_assert_true (g_str_has_prefix (error->message, "e.yaml:7: trust holds a private key"));
}

int
main (int argc, char **argv)
{
  base = g_dir_make_tmp ("cleanroom-place-XXXXXX", NULL);
  g_autofree char *config = g_build_filename (base, "config", "cleanroom", NULL);
  g_autofree char *home = g_path_get_dirname (config);
  g_assert_true (cr_dir_make (config, 0700, NULL));
  g_setenv ("XDG_CONFIG_HOME", home, TRUE);
  settings = g_build_filename (config, "settings.yaml", NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/place/order", test_order);
  g_test_add_func ("/place/unknown", test_unknown);
  g_test_add_func ("/place/folders", test_folders);
  g_test_add_func ("/place/require", test_require);
  g_test_add_func ("/place/export", test_export);
  g_test_add_func ("/place/secrets", test_secrets);
  int failed = g_test_run ();
  cr_dir_remove (base, NULL);
  g_free (base);
  g_free (settings);
  return failed;
}
