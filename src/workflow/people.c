/* SPDX-License-Identifier: MIT
 * Who acts in environments that are but a ledger (people.h).
 */
#include "workflow/people.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/translate.h"
#include "cose/jwt.h"

#include <string.h>

struct WorkflowActor {
  char *environment, *name;
  MemberIdentity *member; /* or */
  CrSecretText token;
};

/* ---- Members ---- */

/* Gives NULL without an error when nobody is called so. */
static char *
persona_with (KeyStore *keys, const char *collaboration, const char *name, GError **error)
{
  KeyAttributes filter = { .collaboration = collaboration,
                           .kind = KEY_KIND_MEMBER_CERTIFICATE,
                           .name = name };
  g_autoptr (GPtrArray) entries = key_store_list (keys, &filter, error);
  if (entries == NULL || entries->len == 0)
    return NULL;
  const KeyEntry *first = g_ptr_array_index (entries, 0);
  if (entries->len == 1)
    return g_strdup (first->persona);
  const KeyEntry *second = g_ptr_array_index (entries, 1);
  g_autofree char *hint = g_strdup_printf (_ ("Say whose: %s/%s or %s/%s."), first->persona, name,
                                           second->persona, name);
  cr_set_error (error, CR_ERROR_USAGE, hint, "There are several member identities named %s.", name);
  return NULL;
}

MemberIdentity *
workflow_member_find (KeyStore *keys, const char *collaboration, const char *name, GError **error)
{
  const char *slash = strchr (name, '/');
  const char *bare = slash != NULL ? slash + 1 : name;
  GError *problem = NULL;
  g_autofree char *persona = slash != NULL ? g_strndup (name, (gsize) (slash - name))
                                           : persona_with (keys, collaboration, bare, &problem);
  if (problem != NULL) {
    g_propagate_error (error, problem);
    return NULL;
  }
  return persona != NULL ? member_identity_load (keys, collaboration, persona, bare, error) : NULL;
}

MemberIdentity *
workflow_member_require (KeyStore *keys, const char *collaboration, const char *name, GError **error)
{
  GError *problem = NULL;
  MemberIdentity *member = workflow_member_find (keys, collaboration, name, &problem);
  if (problem != NULL)
    g_propagate_error (error, problem);
  else if (member == NULL)
    cr_set_error (error, CR_ERROR_NOT_FOUND,
                  "See: cleanroom keys list. A key made elsewhere comes in with cleanroom keys import.",
                  "There is no member identity named \"%s\" in the keyring.", name);
  return member;
}

/* ---- Tokens ---- */

KeyAttributes
workflow_token_place (const char *collaboration, const char *environment, const char *name)
{
  return (KeyAttributes){
    .collaboration = collaboration, .persona = environment, .kind = WORKFLOW_TOKEN_KIND, .name = name
  };
}

CrSecretText
workflow_token_load (KeyStore *keys, const char *collaboration, const char *environment, const char *name,
                     GError **error)
{
  KeyAttributes place = workflow_token_place (collaboration, environment, name);
  g_autoptr (GError) problem = NULL;
  CrSecretText token = key_store_get_text (keys, &place, &problem);
  if (token == NULL && g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_autofree char *hint =
        g_strdup_printf (_ ("Sign in: cleanroom identity login --env %s --token-file FILE. "
                            "A member key comes in with cleanroom keys import."),
                         environment);
    cr_set_error (error, CR_ERROR_NOT_FOUND, hint, "Nobody is called \"%s\" in the environment %s.", name,
                  environment);
  } else if (token == NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
  }
  return token;
}

CrSecretText
workflow_actor_token (CrJob *job, gboolean renew, gpointer data, GError **error)
{
  (void) job;
  const WorkflowActor *actor = data;
  if (actor->token == NULL) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL, "%s is a member and signs; there is no token.", actor->name);
    return NULL;
  }
  g_autofree char *hint = g_strdup_printf (
      _ ("Get a new one where it was issued: cleanroom identity login --env %s --as %s --token-file FILE."),
      actor->environment, actor->name);
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (actor->token, error);
  if (jwt == NULL)
    return NULL;
  gint64 expires = 0;
  if (renew)
    cr_set_error (error, CR_ERROR_SIGN_IN, hint, "The consortium does not accept the token of %s.",
                  actor->name);
  else if (cose_jwt_time (jwt, "exp", &expires) && expires <= cr_now_seconds ())
    cr_set_error (error, CR_ERROR_SIGN_IN, hint, "The token of %s has expired.", actor->name);
  else
    return cr_secret_text_new (actor->token, -1);
  return NULL;
}

/* ---- Both ---- */

void
workflow_actor_free (WorkflowActor *actor)
{
  if (actor == NULL)
    return;
  member_identity_free (actor->member);
  cr_secret_text_free (actor->token);
  g_free (actor->environment);
  g_free (actor->name);
  g_free (actor);
}

WorkflowActor *
workflow_actor_find (KeyStore *keys, const char *collaboration, const char *environment, const char *name,
                     GError **error)
{
  GError *problem = NULL;
  g_autoptr (WorkflowActor) actor = g_new0 (WorkflowActor, 1);
  actor->environment = g_strdup (environment);
  actor->name = g_strdup (name);
  actor->member = workflow_member_find (keys, collaboration, name, &problem);
  if (problem != NULL) {
    g_propagate_error (error, problem);
    return NULL;
  }
  if (actor->member == NULL)
    actor->token = workflow_token_load (keys, collaboration, environment, name, error);
  return actor->member != NULL || actor->token != NULL ? g_steal_pointer (&actor) : NULL;
}

gboolean
workflow_actor_use (WorkflowActor *actor, CcfClient *client, GError **error)
{
  if (actor->member != NULL)
    return ccf_client_set_member (client, actor->member, error);
  ccf_client_set_token_provider (client, workflow_actor_token, actor, NULL);
  return TRUE;
}
