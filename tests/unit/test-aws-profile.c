/* SPDX-License-Identifier: MIT
 * Profiles of the AWS tools: which file, which section, which keys, and what cannot be used.
 */
#include "base/error.h"
#include "base/file.h"
#include "identity/aws-profile.h"

#include <glib/gstdio.h>
#include <string.h>

static char *folder;

/* The two files; NULL = not there. */
static void
set_files (const char *credentials, const char *config)
{
  const struct {
    const char *variable, *name, *text;
  } files[] = { { "AWS_SHARED_CREDENTIALS_FILE", "credentials", credentials },
                { "AWS_CONFIG_FILE", "config", config } };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (folder, files[i].name, NULL);
    g_setenv (files[i].variable, path, TRUE);
    if (files[i].text != NULL)
      g_assert_true (g_file_set_contents (path, files[i].text, -1, NULL));
    else
      g_unlink (path);
  }
}

typedef struct {
  const char *credentials, *config;
  const char *name;     /* what is asked for */
  const char *variable; /* AWS_PROFILE, or NULL */
  const char *found;    /* "profile id secret region", or NULL */
  CrErrorCode code;     /* when it is not */
  const char *message;  /* part of it */
} Case;

#define KEYS(x) "aws_access_key_id = ID" x "\naws_secret_access_key=SECRET" x "\n"

static const Case cases[] = {
  { "[default]\n" KEYS ("1"), NULL, NULL, NULL, "default ID1 SECRET1 (null)", 0, NULL },
  { "[default]\n" KEYS ("1") "[b]\n" KEYS ("2"), NULL, "b", NULL, "b ID2 SECRET2 (null)", 0, NULL },
  { "[default]\n" KEYS ("1") "[b]\n" KEYS ("2"), NULL, "", "b", "b ID2 SECRET2 (null)", 0, NULL },
  { "[default]\n" KEYS ("1") "[b]\n" KEYS ("2"), NULL, "default", "b", "default ID1 SECRET1 (null)", 0,
    NULL },
  { "# c\r\n; d\r\n[ default ]\r\nAWS_ACCESS_KEY_ID =  ID1 \r\n\r\naws_secret_access_key\t= a=b/+ \r\n", NULL,
    NULL, NULL, "default ID1 a=b/+ (null)", 0, NULL },
  /* the other file */
  { NULL, "[default]\nregion=eu-west-1\n" KEYS ("3"), NULL, NULL, "default ID3 SECRET3 eu-west-1", 0, NULL },
  { NULL, "[profile b]\n" KEYS ("3"), "b", NULL, "b ID3 SECRET3 (null)", 0, NULL },
  { NULL, "[profile \"my own\"]\n" KEYS ("3"), "my own", NULL, "my own ID3 SECRET3 (null)", 0, NULL },
  { "[b]\n" KEYS ("1"), "[profile b]\nregion = us-west-1\n" KEYS ("3"), "b", NULL, "b ID1 SECRET1 us-west-1",
    0, NULL },
  { "[default]\n" KEYS ("1"), "[default]\ns3 =\n  aws_access_key_id = nested\n  region = x\nregion = y\n",
    NULL, NULL, "default ID1 SECRET1 y", 0, NULL },
  /* what cannot be used */
  { "[default]\n" KEYS ("1") "aws_session_token=t\n", NULL, NULL, NULL, NULL, CR_ERROR_INPUT, "temporary" },
  { NULL, "[profile b]\nrole_arn=x\nsource_profile=default\n", "b", NULL, NULL, CR_ERROR_INPUT, "role_arn" },
  { NULL, "[profile b]\nsso_session=x\n[sso-session x]\nsso_start_url=u\n", "b", NULL, NULL, CR_ERROR_INPUT,
    "sso_session" },
  { NULL, "[profile b]\ncredential_process=/bin/x\n", "b", NULL, NULL, CR_ERROR_INPUT, "credential_process" },
  { "[default]\naws_access_key_id=ID1\n", NULL, NULL, NULL, NULL, CR_ERROR_INPUT, "no access key pair" },
  { "[default]\naws_access_key_id=ID1\naws_secret_access_key=\n", NULL, NULL, NULL, NULL, CR_ERROR_INPUT,
    "no access key pair" },
  { "[default]\n" KEYS ("1"), "[profile b]\n", "c", NULL, NULL, CR_ERROR_NOT_FOUND, "only: default, b" },
  { "[default]\n" KEYS ("1"), "[b]\n" KEYS ("2"), "b", NULL, NULL, CR_ERROR_NOT_FOUND, "only: default" },
  { NULL, NULL, NULL, NULL, NULL, CR_ERROR_NOT_FOUND, "no AWS profiles" },
  { "", NULL, NULL, NULL, NULL, CR_ERROR_NOT_FOUND, "no AWS profiles" },
  { "aws_access_key_id=ID1\nx\n[\n]\n[]\n=\n[default\n", NULL, NULL, NULL, NULL, CR_ERROR_NOT_FOUND,
    "no AWS profile" },
  { "\xff\xfe", NULL, NULL, NULL, NULL, CR_ERROR_INPUT, "" },
};

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const Case *each = &cases[i];
    g_test_message ("case %u", i);
    set_files (each->credentials, each->config);
    if (each->variable != NULL)
      g_setenv ("AWS_PROFILE", each->variable, TRUE);
    else
      g_unsetenv ("AWS_PROFILE");
    g_auto (AwsProfile) profile = { 0 };
    g_autoptr (GError) error = NULL;
    gboolean ok = aws_profile_read (each->name, &profile, &error);
    if (each->found == NULL) {
      g_assert_false (ok);
      g_assert_error (error, CR_ERROR, (int) each->code);
      g_assert_nonnull (strstr (error->message, each->message));
      g_assert_null (strstr (error->message, "SECRET"));
      continue;
    }
    g_assert_no_error (error);
    g_autofree char *found = g_strdup_printf ("%s %s %s %s", profile.name, profile.id, profile.secret,
                                              profile.region != NULL ? profile.region : "(null)");
    g_assert_cmpstr (found, ==, each->found);
  }
}

/* Environment variables come first, then the profile, also one without keys. */
static void
test_region (void)
{
  set_files (NULL, "[default]\nregion = eu-west-1\n[profile b]\nregion=eu-west-2\n[profile c]\n");
  static const struct {
    const char *region, *fallback, *name, *found;
  } rows[] = { { NULL, NULL, NULL, "eu-west-1" },
               { NULL, NULL, "b", "eu-west-2" },
               { NULL, NULL, "c", NULL },
               { NULL, "us-east-2", "b", "us-east-2" },
               { "us-west-2", "us-east-2", "b", "us-west-2" },
               { "", "", "b", "eu-west-2" } };
  g_unsetenv ("AWS_PROFILE");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_unsetenv ("AWS_REGION");
    g_unsetenv ("AWS_DEFAULT_REGION");
    if (rows[i].region != NULL)
      g_setenv ("AWS_REGION", rows[i].region, TRUE);
    if (rows[i].fallback != NULL)
      g_setenv ("AWS_DEFAULT_REGION", rows[i].fallback, TRUE);
    g_autofree char *found = aws_profile_region (rows[i].name);
    g_assert_cmpstr (found, ==, rows[i].found);
  }
  set_files (NULL, NULL);
  g_autofree char *none = aws_profile_region (NULL);
  g_assert_null (none);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("cleanroom-aws-XXXXXX", NULL);
  g_test_add_func ("/aws-profile/cases", test_cases);
  g_test_add_func ("/aws-profile/region", test_region);
  int result = g_test_run ();
  cr_dir_remove (folder, NULL);
  g_free (folder);
  return result;
}
