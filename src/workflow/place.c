/* SPDX-License-Identifier: MIT
 * Which environment is in use (place.h).
 */
#include "workflow/place.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "base/translate.h"
#include "base/yaml.h"

#include <string.h>

#define CERTIFICATE_MAX (64u * 1024)
#define ENDPOINT_FILE "ccfEndpoint.json"
#define AGENT_FILE "ccf.recovery-agent.json"
#define REPORT_PATH "/network/report"

void
workflow_place_free (WorkflowPlace *place)
{
  if (place == NULL)
    return;
  g_free (place->state_dir);
  g_free (place->name);
  g_free (place->folder);
  g_free (place->file);
  g_free (place);
}

WorkflowPlace *
workflow_place_copy (const WorkflowPlace *place)
{
  WorkflowPlace *copy = g_new0 (WorkflowPlace, 1);
  copy->state_dir = g_strdup (place->state_dir);
  copy->name = g_strdup (place->name);
  copy->folder = g_strdup (place->folder);
  copy->file = g_strdup (place->file);
  copy->by = place->by;
  return copy;
}

gboolean
workflow_place_is_local (const WorkflowPlace *place)
{
  return g_str_equal (place->name, WORKFLOW_LOCAL);
}

/* ---- What is there ---- */

static gboolean
is_local_name (const char *state_dir, const char *name)
{
  if (g_str_equal (name, WORKFLOW_LOCAL))
    return TRUE;
  g_autoptr (Environment) own = environment_load (state_dir, NULL);
  return own != NULL && g_str_equal (own->name, name);
}

/* NULL when there is none of that name. Gives. */
static WorkflowPlace *
find (const char *state_dir, const char *name, WorkflowChosenBy by)
{
  gboolean added = ccf_consortium_exists (state_dir, name);
  if (!added && !is_local_name (state_dir, name))
    return NULL;
  WorkflowPlace *place = g_new0 (WorkflowPlace, 1);
  place->state_dir = g_strdup (state_dir);
  place->name = g_strdup (added ? name : WORKFLOW_LOCAL);
  place->folder = added ? g_build_filename (state_dir, CCF_CONSORTIUM_FOLDER, name, NULL)
                        : g_strdup (state_dir);
  place->file = environment_file (place->folder);
  place->by = by;
  return place;
}

GPtrArray *
workflow_place_names (const char *state_dir)
{
  GPtrArray *names = ccf_consortium_list (state_dir);
  g_ptr_array_insert (names, 0, g_strdup (WORKFLOW_LOCAL));
  return names;
}

/* What can be said instead of NAME. Gives. */
static char *
suggestion (const char *state_dir, const char *name)
{
  g_autoptr (GPtrArray) names = workflow_place_names (state_dir);
  g_ptr_array_add (names, NULL);
  const char *near = cr_nearest (name, (const char *const *) names->pdata);
  g_autofree char *all = g_strjoinv (", ", (char **) names->pdata);
  return near != NULL ? g_strdup_printf (_ ("Did you mean \"%s\"? There are: %s."), near, all)
                      : g_strdup_printf (_ ("There are: %s."), all);
}

/* ---- The settings file ---- */

/* The name in the settings file and its line; NULL when it names none or cannot be used at all, which the
 * faces tell. Gives. */
static char *
setting (char **path, guint *line)
{
  *path = g_build_filename (g_get_user_config_dir (), "cleanroom", "settings.yaml", NULL);
  if (!g_file_test (*path, G_FILE_TEST_IS_REGULAR))
    return NULL;
  g_autoptr (CrYamlFile) file = cr_yaml_load (*path, NULL);
  const CrYaml *root = file != NULL ? cr_yaml_root (file) : NULL;
  const CrYaml *node = root != NULL ? cr_yaml_get (root, "environment") : NULL;
  const char *name = node != NULL ? cr_yaml_text (node) : NULL;
  if (name == NULL || !cr_name_valid (name))
    return NULL;
  *line = cr_yaml_line (node);
  return g_strdup (name);
}

static WorkflowPlace *
by_setting (const char *state_dir, GError **error)
{
  g_autofree char *path = NULL;
  guint line = 0;
  g_autofree char *name = setting (&path, &line);
  WorkflowPlace *place = name != NULL ? find (state_dir, name, WORKFLOW_BY_SETTING)
                                      : find (state_dir, WORKFLOW_LOCAL, WORKFLOW_BY_DEFAULT);
  if (place != NULL)
    return place;
  g_autofree char *names = suggestion (state_dir, name);
  g_autofree char *hint = g_strdup_printf (_ ("%s To go on with the local one: --env local"), names);
  cr_set_error (error, CR_ERROR_INPUT, hint, _ ("%s line %u: there is no environment \"%s\" in %s."), path,
                line, name, state_dir);
  return NULL;
}

/* ---- The decision ---- */

WorkflowPlace *
workflow_place_choose (const char *state_dir, const char *given, GError **error)
{
  g_autofree char *current = given == NULL ? ccf_consortium_current (state_dir) : NULL;
  const char *name = given != NULL ? given : current;
  if (name == NULL)
    return by_setting (state_dir, error);
  WorkflowPlace *place = find (state_dir, name, given != NULL ? WORKFLOW_BY_OPTION : WORKFLOW_BY_STATE);
  if (place == NULL) {
    g_autofree char *hint = suggestion (state_dir, name);
    cr_set_error (error, CR_ERROR_NOT_FOUND, hint, _ ("There is no environment \"%s\"."), name);
  }
  return place;
}

gboolean
workflow_place_use (const char *state_dir, const char *name, GError **error)
{
  g_autoptr (WorkflowPlace) place = workflow_place_choose (state_dir, name, error);
  return place != NULL && ccf_consortium_use (state_dir, place->name, error);
}

/* ---- For others ---- */

/* The ledger that was made in this environment: address and certificate as its operator published them. */
static gboolean
add_published (const char *folder, CcfConsortium *ledger, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "public", ENDPOINT_FILE, NULL);
  if (ledger->url != NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_autoptr (json_t) endpoint = cr_json_load (path, error);
  const char *url = endpoint != NULL ? cr_json_get_string (endpoint, "url", path, error) : NULL;
  const char *file = url != NULL ? cr_json_get_string (endpoint, "serviceCert", path, error) : NULL;
  if (file == NULL)
    return FALSE;
  g_autofree char *bare = g_path_get_basename (file);
  g_autofree char *certificate = g_build_filename (folder, "public", bare, NULL);
  g_autoptr (GBytes) bytes = cr_file_read (certificate, CERTIFICATE_MAX, error);
  if (bytes == NULL)
    return FALSE;
  gsize length = 0;
  const char *text = g_bytes_get_data (bytes, &length);
  ledger->url = g_strdup (url);
  ledger->service_certificate = g_strndup (text != NULL ? text : "", length);
  return TRUE;
}

/* How the certificate is found again: the agent that the operator published. */
static gboolean
add_agent (const char *folder, const Environment *environment, GError **error)
{
  CcfConsortium *ledger = environment->ledger;
  g_autofree char *path = g_build_filename (folder, "public", AGENT_FILE, NULL);
  if (ledger->discovery_url != NULL || ledger->url == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_autoptr (json_t) agent = cr_json_load (path, error);
  const char *url = agent != NULL ? cr_json_get_string (agent, "endpoint", path, error) : NULL;
  const char *host_data = url != NULL ? cr_json_get_string (agent, "snpHostData", path, error) : NULL;
  if (host_data == NULL)
    return FALSE;
  const char *const accepted[] = { host_data, NULL };
  ledger->discovery_url = g_strconcat (url, REPORT_PATH, NULL);
  ledger->host_data = g_strdupv ((char **) (gsize) accepted);
  ledger->root = g_strdup (environment->attestation_root);
  return TRUE;
}

char *
workflow_place_export (const WorkflowPlace *place, GError **error)
{
  g_autoptr (Environment) environment = environment_load (place->folder, error);
  if (environment == NULL || !add_published (place->folder, environment->ledger, error)
      || !add_agent (place->folder, environment, error))
    return NULL;
  g_clear_pointer (&environment->ledger->account, g_free);
  g_autofree char *text = ccf_consortium_text (environment->ledger);
  /* What others are given has to be what they can read. */
  g_autoptr (Environment) again = environment_parse (text, strlen (text), place->file, error);
  return again != NULL ? g_steal_pointer (&text) : NULL;
}

/* ---- What others have published already ---- */

static gboolean
put_public (const char *folder, const char *name, json_t *value, GError **error)
{
  g_autoptr (json_t) taken = value;
  g_autofree char *path = g_build_filename (folder, name, NULL);
  return cr_json_save (taken, path, 0600, error);
}

static gboolean
put_ledger (const char *folder, const CcfConsortium *it, GError **error)
{
  g_autofree char *file = g_strconcat (it->name, "_service_cert.pem", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  json_t *endpoint = json_object ();
  cr_json_set_string (endpoint, "name", it->name);
  cr_json_set_string (endpoint, "url", it->url);
  cr_json_set_string (endpoint, "serviceCert", file);
  return cr_file_write (path, it->service_certificate, -1, 0600, error)
         && put_public (folder, ENDPOINT_FILE, endpoint, error);
}

static gboolean
put_agent (const char *folder, const CcfConsortium *it, GError **error)
{
  json_t *agent = json_object ();
  g_autofree char *url = g_strndup (it->discovery_url, strlen (it->discovery_url) - strlen (REPORT_PATH));
  cr_json_set_string (agent, "endpoint", url);
  cr_json_set_string (agent, "snpHostData", it->host_data[0]);
  return put_public (folder, AGENT_FILE, agent, error);
}

gboolean
workflow_place_publish (const WorkflowPlace *place, GError **error)
{
  g_autoptr (CcfConsortium) it = ccf_consortium_load (place->state_dir, place->name, error);
  if (it == NULL || it->url == NULL)
    return it != NULL;
  g_autofree char *folder = g_build_filename (place->folder, "public", NULL);
  gboolean agent = it->discovery_url != NULL && g_str_has_suffix (it->discovery_url, REPORT_PATH);
  return cr_dir_make (folder, 0700, error) && put_ledger (folder, it, error)
         && (!agent || put_agent (folder, it, error));
}
