/* SPDX-License-Identifier: MIT
 * an.wg.aws: the access key pair for S3 buckets, kept in the keyring.
 *
 * It comes from the form, from a profile of the AWS tools (~/.aws/credentials), or, in the local environment,
 * from the local S3 service, which makes a user for this purpose.
 */
#include "workflow/actions-private.h"
#include "workflow/datastores.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/translate.h"
#include "identity/aws-profile.h"

#include <string.h>

#define ENTRY_NAME "default"       /* in the keyring */
#define PROFILE_FACT "aws-profile" /* whose region counts */

/* A key pair in wiped memory. */
typedef struct {
  CrSecretText id, secret;
} KeyPair;

static void
key_pair_clear (KeyPair *pair)
{
  cr_secret_text_clear (&pair->id);
  cr_secret_text_clear (&pair->secret);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KeyPair, key_pair_clear)

static KeyAttributes
attributes_of (WorkflowContext *context)
{
  return (KeyAttributes){ .collaboration = workflow_context_collaboration (context),
                          .persona = workflow_context_persona (context),
                          .kind = KEY_KIND_AWS_KEY,
                          .name = ENTRY_NAME };
}

/* The pair as the clean room wants it: {"awsAccessKeyId", "awsSecretAccessKey"}. Gives. */
static CrSecretText
pair_text (const KeyPair *pair)
{
  g_autoptr (json_t) value = json_pack ("{s:s, s:s}", "awsAccessKeyId", pair->id, "awsSecretAccessKey",
                                        pair->secret);
  char *text = cr_json_dump (value);
  CrSecretText secret = cr_secret_text_new (text, -1);
  cr_wipe (text, strlen (text));
  g_free (text);
  return secret;
}

/* The pair from the keyring. FALSE and CR_ERROR_INPUT when the step was not taken. */
static gboolean
recall (WorkflowContext *context, KeyPair *pair, CrSecretText *text, GError **error)
{
  KeyStore *keys = workflow_context_keys (context, error);
  if (keys == NULL)
    return FALSE;
  const KeyAttributes attributes = attributes_of (context);
  g_autoptr (GError) problem = NULL;
  *text = key_store_get_text (keys, &attributes, &problem);
  if (*text == NULL) {
    if (g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND))
      cr_set_error (error, CR_ERROR_INPUT, "Take the step an.wg.aws first.",
                    "There is no AWS access key of yours in the keyring.");
    else
      g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  g_autoptr (json_t) value = cr_json_parse (*text, strlen (*text), "the key pair in the keyring", error);
  const char *id = value != NULL ? cr_json_get_string (value, "awsAccessKeyId", "the key pair", error) : NULL;
  const char *secret = id != NULL ? cr_json_get_string (value, "awsSecretAccessKey", "the key pair", error)
                                  : NULL;
  if (secret == NULL)
    return FALSE;
  pair->id = cr_secret_text_new (id, -1);
  pair->secret = cr_secret_text_new (secret, -1);
  return TRUE;
}

/* Where buckets are made and first looked for: what the environment variables and the profile say, as the AWS tools
 * read them. Gives. */
static char *
region_of (WorkflowContext *context, GError **error)
{
  g_autofree char *profile = workflow_context_recall (context, PROFILE_FACT);
  g_autofree char *region = aws_profile_region (profile);
  if (region == NULL)
    return g_strdup (ENVIRONMENT_S3_REGION);
  /* It becomes part of the name of a host; services of others have regions of all sorts. */
  if (g_regex_match_simple ("^[A-Za-z0-9-]{1,32}$", region, G_REGEX_DOLLAR_ENDONLY, 0))
    return g_steal_pointer (&region);
  g_autofree char *safe = cr_text_safe (region);
  cr_set_error (error, CR_ERROR_INPUT,
                "Correct AWS_REGION, AWS_DEFAULT_REGION or the region in ~/.aws/config.",
                "\"%s\" is not a region of AWS.", safe);
  return NULL;
}

static S3Client *
client_of (WorkflowContext *context, const char *endpoint, const KeyPair *pair, GError **error)
{
  const Environment *environment = workflow_context_environment (context, error);
  HttpClient *http = environment != NULL ? workflow_context_http (context, error) : NULL;
  if (http == NULL)
    return NULL;
  const S3Credentials credentials = { pair->id, pair->secret, NULL };
  g_autofree char *region = region_of (context, error);
  return region != NULL
             ? s3_client_new (http, endpoint != NULL ? endpoint : environment->s3_url, region, &credentials)
             : NULL;
}

CrSecretText
action_aws_secret (WorkflowCall *call, GError **error)
{
  g_auto (KeyPair) pair = { 0 };
  g_auto (CrSecretText) text = NULL;
  if (!recall (workflow_call_context (call), &pair, &text, error))
    return NULL;
  char *encoded = cr_base64 (text, strlen (text));
  CrSecretText secret = cr_secret_text_new (encoded, -1);
  cr_wipe (encoded, strlen (encoded));
  g_free (encoded);
  return secret;
}

S3Client *
workflow_context_s3 (WorkflowContext *context, const char *endpoint, GError **error)
{
  g_auto (KeyPair) pair = { 0 };
  g_auto (CrSecretText) text = NULL;
  return recall (context, &pair, &text, error) ? client_of (context, endpoint, &pair, error) : NULL;
}

S3Client *
action_s3 (WorkflowCall *call, GError **error)
{
  return workflow_context_s3 (workflow_call_context (call), NULL, error);
}

/* --- where a new pair comes from --- */

/* A user of the local S3 service. */
static gboolean
make_local_user (WorkflowCall *call, KeyPair *pair, GError **error)
{
  WorkflowContext *context = workflow_call_context (call);
  /* A new name each time: the secret of a user whose answer was lost cannot be asked for again. */
  g_autofree char *end = cr_random_hex (6);
  g_autofree char *name = g_strdup_printf ("%s-%s", workflow_context_persona (context), end);
  HttpClient *http = workflow_context_http (context, error);
  if (http == NULL)
    return FALSE;
  g_autofree char *url = http_url_join (workflow_context_environment (context, NULL)->s3_url, "local/users");
  const HttpRequest request = { .method = "POST", .url = url, .retry = HTTP_RETRY_AUTO };
  g_autoptr (json_t) body = json_pack ("{s:s}", "name", name);
  g_autoptr (json_t) made = http_call_json (workflow_call_job (call), http, &request, body, NULL, error);
  const char *id = made != NULL ? cr_json_get_string (made, "accessKeyId", "the new user", error) : NULL;
  const char *secret = id != NULL ? cr_json_get_string (made, "secretAccessKey", "the new user", error)
                                  : NULL;
  if (secret == NULL)
    return FALSE;
  pair->id = cr_secret_text_new (id, -1);
  pair->secret = cr_secret_text_new (secret, -1);
  workflow_call_say (call, "The local S3 service made the user %s.", name);
  return TRUE;
}

static gboolean
read_profile (WorkflowCall *call, KeyPair *pair, GError **error)
{
  g_auto (AwsProfile) profile = { 0 };
  if (!aws_profile_read (workflow_call_input (call, "profile"), &profile, error))
    return FALSE;
  pair->id = g_steal_pointer (&profile.id);
  pair->secret = g_steal_pointer (&profile.secret);
  workflow_call_say (call, "The key pair of the profile [%s] in %s is taken.", profile.name, profile.path);
  return workflow_context_remember (workflow_call_context (call), PROFILE_FACT, profile.name, error);
}

/* What the person gave, or what is to be found. */
static gboolean
find_pair (WorkflowCall *call, KeyPair *pair, GError **error)
{
  const char *id = workflow_call_input (call, "access-key"),
             *secret = workflow_call_input (call, "secret-key");
  /* A key id may be left from an attempt that was refused; without its secret a named profile counts. */
  gboolean named = *workflow_call_input (call, "profile") != '\0';
  if (named && *secret == '\0')
    return read_profile (call, pair, error);
  if ((*id == '\0') != (*secret == '\0')) {
    cr_set_error (error, CR_ERROR_INPUT, "Give both, or neither to use a profile.",
                  "An access key id and its secret key belong together.");
    return FALSE;
  }
  if (*id != '\0') {
    pair->id = cr_secret_text_new (id, -1);
    pair->secret = cr_secret_text_new (secret, -1);
    return TRUE;
  }
  const Environment *environment = workflow_context_environment (workflow_call_context (call), error);
  if (environment == NULL)
    return FALSE;
  return environment->kind == ENVIRONMENT_SANDBOX ? make_local_user (call, pair, error)
                                                  : read_profile (call, pair, error);
}

static gboolean
prove (WorkflowCall *call, const KeyPair *pair, GError **error)
{
  g_autoptr (S3Client) client = client_of (workflow_call_context (call), NULL, pair, error);
  g_autoptr (GPtrArray) buckets = client != NULL ? s3_buckets (client, workflow_call_job (call), error)
                                                 : NULL;
  if (buckets == NULL)
    return FALSE;
  g_autofree char *masked = g_strdup_printf ("%.4s...%s", pair->id,
                                             pair->id + MAX (strlen (pair->id), 4) - 4);
  g_autofree char *text = g_strdup_printf (ngettext ("The access key %s works; it has %u bucket so far.",
                                                     "The access key %s works; it has %u buckets so far.",
                                                     buckets->len),
                                           masked, buckets->len);
  workflow_call_say (call, "%s", text);
  return TRUE;
}

ACTION (action_aws_keys)
{
  WorkflowContext *context = workflow_call_context (call);
  KeyStore *keys = workflow_context_keys (context, error);
  if (keys == NULL)
    return FALSE;
  g_auto (KeyPair) pair = { 0 };
  g_auto (CrSecretText) kept = NULL;
  const char *id = workflow_call_input (call, "access-key");
  /* Taken again, or killed after the pair was stored: the secret is asked for once and never kept
   * elsewhere. */
  if (*workflow_call_input (call, "secret-key") == '\0' && *workflow_call_input (call, "profile") == '\0'
      && recall (workflow_call_context (call), &pair, &kept, NULL)
      && (*id == '\0' || strcmp (id, pair.id) == 0))
    return prove (call, &pair, error);
  key_pair_clear (&pair);
  if (!find_pair (call, &pair, error) || !s3_check_credentials (pair.id, pair.secret, error)
      || !prove (call, &pair, error))
    return FALSE;
  const KeyAttributes attributes = attributes_of (context);
  g_auto (CrSecretText) text = pair_text (&pair), before_text = NULL;
  g_auto (KeyPair) before = { 0 };
  gboolean changed = recall (context, &before, &before_text, NULL) && strcmp (before.id, pair.id) != 0;
  if (!key_store_put_text (keys, &attributes, text, error))
    return FALSE;
  cr_fault_point ("aws-keys");
  workflow_call_say (call, "The key pair is in your keyring.");
  if (changed)
    workflow_call_say (call, "The clean room uses the pair of before until the data is published again.");
  return TRUE;
}

PROBE (probe_aws_keys)
{
  g_auto (KeyPair) pair = { 0 };
  g_auto (CrSecretText) text = NULL;
  g_autoptr (GError) problem = NULL;
  if (recall (workflow_call_context (call), &pair, &text, &problem))
    return g_strdup ("present");
  if (g_error_matches (problem, CR_ERROR, CR_ERROR_INPUT))
    return g_strdup ("missing");
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}
