/* SPDX-License-Identifier: MIT
 * Profiles of the AWS tools (aws-profile.h). The files hold secrets: they are read into wiped memory.
 */
#include "identity/aws-profile.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#include <string.h>

#define FILE_MAX (256u * 1024)

/* What one profile says, both files together. Texts point into the files. */
typedef struct {
  const char *id, *secret, *token, *region;
  const char *temporary; /* the setting that makes credentials for a while, or NULL */
  gboolean found;
  gboolean keys_in_credentials;
} Settings;

void
aws_profile_clear (AwsProfile *profile)
{
  g_clear_pointer (&profile->name, g_free);
  g_clear_pointer (&profile->path, g_free);
  cr_secret_text_clear (&profile->id);
  cr_secret_text_clear (&profile->secret);
  g_clear_pointer (&profile->region, g_free);
}

/* Where a file lies: the variable, with "~/" for the home folder, else ~/.aws/NAME. Gives. */
static char *
path_of (const char *variable, const char *name)
{
  const char *given = g_getenv (variable);
  if (given == NULL || *given == '\0')
    return g_build_filename (g_get_home_dir (), ".aws", name, NULL);
  return g_str_has_prefix (given, "~/") ? g_build_filename (g_get_home_dir (), given + 2, NULL)
                                        : g_strdup (given);
}

/* The text of a file in wiped memory; NULL without an error when it is not there. */
static CrSecretText
read_text (const char *path, GError **error)
{
  g_autoptr (GError) problem = NULL;
  CrSecretText text = cr_file_read_secret_text (path, FILE_MAX, &problem);
  if (text == NULL && !g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&problem));
  return text;
}

/* "[profile NAME]" or "[NAME]" in LINE, cut in place; NULL when it is no section of a profile. */
static const char *
section_name (char *line, gboolean config)
{
  char *end = strrchr (line, ']');
  if (line[0] != '[' || end == NULL)
    return NULL;
  *end = '\0';
  char *name = g_strstrip (line + 1);
  if (!config || strcmp (name, "default") == 0)
    return name;
  if (!g_str_has_prefix (name, "profile") || !g_ascii_isspace (name[7]))
    return NULL; /* [sso-session x], [services y] */
  name = g_strstrip (name + 7);
  gsize length = strlen (name);
  gboolean quoted = length >= 2 && (name[0] == '"' || name[0] == '\'') && name[length - 1] == name[0];
  if (quoted)
    name[length - 1] = '\0';
  return quoted ? name + 1 : name;
}

static void
take_setting (Settings *settings, const char *key, const char *value, gboolean config)
{
  static const char *const makers[] = { "role_arn",
                                        "sso_session",
                                        "sso_start_url",
                                        "login_session",
                                        "credential_process",
                                        "web_identity_token_file",
                                        NULL };
  const struct {
    const char *key;
    const char **place;
  } known[] = { { "aws_access_key_id", &settings->id },
                { "aws_secret_access_key", &settings->secret },
                { "aws_session_token", &settings->token },
                { "region", &settings->region } };
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (known[i].key, key) == 0 && (!config || *known[i].place == NULL)) {
      *known[i].place = value;
      settings->keys_in_credentials = settings->keys_in_credentials || (!config && i < 2);
    }
  for (guint i = 0; makers[i] != NULL; i++)
    if (strcmp (makers[i], key) == 0)
      settings->temporary = makers[i];
}

/* Read TEXT (cut in place) into SETTINGS; the names of its profiles go to NAMES. */
static void
read_file (char *text, const char *wanted, gboolean config, Settings *settings, GPtrArray *names)
{
  const char *section = NULL;
  char *rest = NULL;
  for (char *line = strtok_r (text, "\n", &rest); line != NULL; line = strtok_r (NULL, "\n", &rest)) {
    gboolean nested = line[0] == ' ' || line[0] == '\t'; /* settings of a setting, such as those of s3 */
    g_strchomp (line);
    if (line[0] == '#' || line[0] == ';' || line[0] == '\0')
      continue;
    if (line[0] == '[') {
      section = section_name (line, config);
      if (section != NULL && !g_ptr_array_find_with_equal_func (names, section, g_str_equal, NULL))
        g_ptr_array_add (names, g_strdup (section));
      if (section != NULL && strcmp (section, wanted) == 0)
        settings->found = TRUE;
      continue;
    }
    char *equals = strchr (line, '=');
    if (nested || section == NULL || equals == NULL || strcmp (section, wanted) != 0)
      continue;
    *equals = '\0';
    g_autofree char *key = g_ascii_strdown (g_strstrip (line), -1);
    take_setting (settings, key, g_strstrip (equals + 1), config);
  }
}

static gboolean
refuse_unknown (const char *wanted, const char *path, GPtrArray *names, GError **error)
{
  g_ptr_array_add (names, NULL);
  g_autofree char *list = g_strjoinv (", ", (char **) names->pdata);
  g_autofree char *safe = cr_text_safe (list);
  const char *near = cr_nearest (wanted, (const char *const *) names->pdata);
  g_autofree char *hint = near != NULL ? g_strdup_printf ("Did you mean '%s'?", near) : NULL;
  if (names->len == 1)
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Type the keys, or make a profile with: aws configure",
                  "There are no AWS profiles in %s.", path);
  else
    cr_set_error (error, CR_ERROR_NOT_FOUND, hint != NULL ? hint : "Name one of them, or type the keys.",
                  "There is no AWS profile [%s] in %s, only: %s.", wanted, path, safe);
  return FALSE;
}

static gboolean
check (const Settings *settings, const char *name, const char *path, GError **error)
{
  const char *const advice = "Use the key pair of a user who may reach these two buckets only.";
  gboolean pair = settings->id != NULL && *settings->id != '\0' && settings->secret != NULL
                  && *settings->secret != '\0';
  if (pair && settings->token == NULL)
    return TRUE;
  if (pair)
    cr_set_error (error, CR_ERROR_INPUT, advice,
                  "The profile [%s] holds temporary credentials; the clean room cannot use them.", name);
  else if (settings->temporary != NULL)
    cr_set_error (error, CR_ERROR_INPUT, advice,
                  "The profile [%s] gets temporary credentials (%s); the clean room cannot use them.", name,
                  settings->temporary);
  else
    cr_set_error (error, CR_ERROR_INPUT, "Name another profile, or type the keys.",
                  "The profile [%s] in %s has no access key pair.", name, path);
  return FALSE;
}

/* The profile that is meant. */
static const char *
wanted_profile (const char *name)
{
  const char *variable = g_getenv ("AWS_PROFILE");
  return name != NULL && *name != '\0' ? name : variable != NULL && *variable != '\0' ? variable : "default";
}

char *
aws_profile_region (const char *name)
{
  static const char *const variables[] = { "AWS_REGION", "AWS_DEFAULT_REGION" };
  for (gsize i = 0; i < G_N_ELEMENTS (variables); i++) {
    const char *value = g_getenv (variables[i]);
    if (value != NULL && *value != '\0')
      return g_strdup (value);
  }
  g_autofree char *path = path_of ("AWS_CONFIG_FILE", "config");
  g_auto (CrSecretText) config = read_text (path, NULL);
  if (config == NULL)
    return NULL;
  gsize length = strlen (config);
  Settings settings = { 0 };
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  read_file (config, wanted_profile (name), TRUE, &settings, names);
  char *region = settings.region != NULL && *settings.region != '\0' ? g_strdup (settings.region) : NULL;
  cr_wipe (config, length);
  return region;
}

gboolean
aws_profile_read (const char *name, AwsProfile *profile, GError **error)
{
  const char *wanted = wanted_profile (name);
  g_autofree char *credentials_path = path_of ("AWS_SHARED_CREDENTIALS_FILE", "credentials");
  g_autofree char *config_path = path_of ("AWS_CONFIG_FILE", "config");
  g_autoptr (GError) problem = NULL;
  g_auto (CrSecretText) credentials = read_text (credentials_path, &problem);
  g_auto (CrSecretText) config = problem == NULL ? read_text (config_path, &problem) : NULL;
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  /* Read in place: what is cut up here must still be wiped to its end. */
  gsize lengths[2] = { credentials != NULL ? strlen (credentials) : 0, config != NULL ? strlen (config) : 0 };
  Settings settings = { 0 };
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  if (credentials != NULL)
    read_file (credentials, wanted, FALSE, &settings, names);
  if (config != NULL)
    read_file (config, wanted, TRUE, &settings, names);
  const char *path = settings.keys_in_credentials || settings.id == NULL ? credentials_path : config_path;
  gboolean ok = settings.found ? check (&settings, wanted, path, error)
                               : refuse_unknown (wanted, credentials_path, names, error);
  if (ok) {
    profile->name = g_strdup (wanted);
    profile->path = g_strdup (path);
    profile->id = cr_secret_text_new (settings.id, -1);
    profile->secret = cr_secret_text_new (settings.secret, -1);
    profile->region = g_strdup (settings.region);
  }
  if (credentials != NULL)
    cr_wipe (credentials, lengths[0]);
  if (config != NULL)
    cr_wipe (config, lengths[1]);
  return ok;
}
