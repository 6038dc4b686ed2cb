/* SPDX-License-Identifier: MIT
 * Proposals and ballots of members (ccf.h; CCF governance API 2024-07-01, COSE_Sign1 messages).
 */
#include "ccf/ccf-private.h"

#include "base/clock.h"
#include "base/error.h"

#include <inttypes.h>
#include <string.h>

/* Other clients show a vote as accepted or rejected only when the text is exactly this. */
#define BALLOT_ACCEPT "export function vote (proposal, proposerId) { return true }"
#define BALLOT_REJECT "export function vote (proposal, proposerId) { return false }"
#define SEND_ATTEMPTS 3u
#define SIGN_AGAIN 3u       /* after ProposalCreatedTooLongAgo */
#define SLACK_MS 5          /* the clock that sleeps and the one that shows the time are two */
#define CLOCK_TOLERANCE_S 5 /* as far behind as waiting for the own clock helps */

json_t *
ccf_proposals_list (CrJob *job, CcfClient *client, GError **error)
{
  g_autofree char *path = ccf_gov_path ("/gov/members/proposals");
  return ccf_read_list (job, client, path, error);
}

static json_t *
read_below_proposal (CrJob *job, CcfClient *client, const char *proposal_id, const char *rest, GError **error)
{
  if (!ccf_check_id (proposal_id, "The proposal id", error))
    return NULL;
  g_autofree char *path = ccf_gov_path ("/gov/members/proposals/%s%s", proposal_id, rest);
  return ccf_read (job, client, path, error);
}

json_t *
ccf_proposal_show (CrJob *job, CcfClient *client, const char *proposal_id, GError **error)
{
  return read_below_proposal (job, client, proposal_id, "", error);
}

json_t *
ccf_proposal_actions (CrJob *job, CcfClient *client, const char *proposal_id, GError **error)
{
  return read_below_proposal (job, client, proposal_id, "/actions", error);
}

/* Whom to ask for ballots: the submitters where the service names them, every member otherwise. Gives ids. */
static json_t *
ballot_holders (CrJob *job, CcfClient *client, const json_t *proposal, GError **error)
{
  json_t *submitters = json_object_get (proposal, "ballotSubmitters");
  if (json_is_array (submitters))
    return json_incref (submitters);
  g_autoptr (json_t) members = ccf_members_list (job, client, error);
  if (members == NULL)
    return NULL;
  json_t *ids = json_array ();
  gsize index;
  json_t *member;
  json_array_foreach (members, index, member)
    json_array_append (ids, json_object_get (member, "memberId"));
  return ids;
}

json_t *
ccf_proposal_ballots (CrJob *job, CcfClient *client, const char *proposal_id, GError **error)
{
  g_autoptr (json_t) proposal = ccf_proposal_show (job, client, proposal_id, error);
  g_autoptr (json_t) ids = proposal != NULL ? ballot_holders (job, client, proposal, error) : NULL;
  if (ids == NULL)
    return NULL;
  g_autoptr (json_t) ballots = json_array ();
  gsize index;
  json_t *id;
  json_array_foreach (ids, index, id) {
    const char *member_id = json_string_value (id);
    if (!ccf_check_id (member_id, "The member id", error))
      return NULL;
    g_autofree char *path = ccf_gov_path ("/gov/members/proposals/%s/ballots/%s", proposal_id, member_id);
    g_autoptr (GError) problem = NULL;
    g_autofree char *text = ccf_read_text (job, client, path, &problem);
    if (text == NULL && g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND))
      continue;
    if (text == NULL) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
    const char *shown = strcmp (text, BALLOT_ACCEPT) == 0   ? "accepted"
                        : strcmp (text, BALLOT_REJECT) == 0 ? "rejected"
                                                            : text;
    json_t *ballot = json_object ();
    cr_json_set_string (ballot, "memberId", member_id);
    cr_json_set_string (ballot, "ballot", shown);
    json_array_append_new (ballots, ballot);
  }
  return g_steal_pointer (&ballots);
}

/* ---- Writing ---- */

void
ccf_proposal_add (json_t *proposal, const char *action, json_t *args)
{
  json_t *actions = json_object_get (proposal, "actions");
  json_t *item = json_object ();
  cr_json_set_string (item, "name", action);
  if (args != NULL)
    cr_json_set (item, "args", args);
  json_array_append_new (actions, item);
}

json_t *
ccf_proposal_new (const char *action, json_t *args)
{
  json_t *proposal = json_object ();
  cr_json_set (proposal, "actions", json_array ());
  ccf_proposal_add (proposal, action, args);
  return proposal;
}

GBytes *
ccf_proposal_sign (CcfClient *client, const json_t *proposal, GError **error)
{
  MemberIdentity *identity = ccf_need_member (client, error);
  if (identity == NULL)
    return NULL;
  g_autoptr (GBytes) payload = cr_json_dump_bytes (proposal);
  CoseHeader header = { .type = "proposal" };
  return member_identity_sign (identity, &header, payload, error);
}

/* No answer came, or the node could not take it: the identical bytes may be sent again. */
static gboolean
may_send_again (const GError *problem)
{
  guint status = cr_error_http_status (problem);
  return g_error_matches (problem, CR_ERROR, CR_ERROR_RETRY)
         && (status == 0 || status == 503 || status == 504);
}

static HttpResponse *
post_patiently (CrJob *job, CcfClient *client, const char *path, GBytes *message, gboolean *repeated,
                GError **error)
{
  *repeated = FALSE;
  for (guint attempt = 1;; attempt++) {
    g_autoptr (GError) problem = NULL;
    HttpResponse *response = ccf_post_cose (job, client, path, message, &problem);
    if (response != NULL)
      return response;
    if (attempt == SEND_ATTEMPTS || !may_send_again (problem)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
    *repeated = TRUE;
    if (!cr_job_sleep (job, 300 * attempt, error))
      return NULL;
  }
}

static json_t *
proposal_of_response (CrJob *job, CcfClient *client, HttpResponse *response, GError **error)
{
  if (!ccf_wait_response (job, client, response, error))
    return NULL;
  return http_response_json (response, error);
}

/* The id of the existing proposal stands at the end of the message of ProposalReplay. Gives. */
static char *
id_in_replay (const char *message)
{
  gsize length = message != NULL ? strlen (message) : 0;
  while (length > 0 && !g_ascii_isxdigit (message[length - 1]))
    length--;
  gsize digits = 0;
  while (digits < length && g_ascii_isxdigit (message[length - 1 - digits]))
    digits++;
  return digits == 64 ? g_strndup (message + length - 64, 64) : NULL;
}

/* A proposal that was closed and then dropped from the list of the service still has an id. */
static json_t *
closed_proposal (const char *proposal_id)
{
  json_t *proposal = json_object ();
  cr_json_set_string (proposal, "proposalId", proposal_id);
  cr_json_set_string (proposal, "proposalState", "Closed");
  return proposal;
}

static json_t *
show_or_closed (CrJob *job, CcfClient *client, const char *proposal_id, GError **error)
{
  g_autoptr (GError) problem = NULL;
  json_t *proposal = ccf_proposal_show (job, client, proposal_id, &problem);
  if (proposal == NULL && g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND))
    return closed_proposal (proposal_id);
  if (proposal == NULL)
    g_propagate_error (error, g_steal_pointer (&problem));
  return proposal;
}

/* OPEN_IS_ENOUGH: a proposal that is still open is not waited for, because the caller's next step is a
 * ballot, and when that is committed the proposal under it is. *REPEATED: the message went out twice. */
static json_t *
submit (CrJob *job, CcfClient *client, GBytes *message, gboolean open_is_enough, gboolean *repeated,
        GError **error)
{
  g_autofree char *path = ccf_gov_path ("/gov/members/proposals:create");
  g_autoptr (GError) problem = NULL;
  g_autoptr (HttpResponse) response = post_patiently (job, client, path, message, repeated, &problem);
  g_autoptr (json_t) open = response != NULL && open_is_enough ? http_response_json (response, NULL) : NULL;
  if (g_strcmp0 (cr_json_peek_string (open, "proposalState"), "Open") == 0)
    return g_steal_pointer (&open);
  if (response != NULL)
    return proposal_of_response (job, client, response, error);

  g_autofree char *existing = cr_error_is_remote (problem, "ProposalReplay")
                                  ? id_in_replay (cr_error_remote_message (problem))
                                  : NULL;
  if (existing != NULL)
    return show_or_closed (job, client, existing, error);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

/* ---- A proposal that others overtook while it was on its way ---- */

/* The seconds since 1970 that end the message of ProposalCreatedTooLongAgo; 0 when there are none. */
static gint64
time_in_refusal (const char *message)
{
  gsize length = message != NULL ? strlen (message) : 0, start = length;
  while (start > 0 && g_ascii_isdigit (message[start - 1]))
    start--;
  return start < length && length - start <= 10 ? g_ascii_strtoll (message + start, NULL, 10) : 0;
}

/* Wait until a message signed now is newer than what PROBLEM asks for. Times of messages are whole seconds:
 * from the second attempt on they are taken when a second has just begun, so that the message has the whole
 * second for its way. */
static gboolean
wait_to_sign_again (CrJob *job, const GError *problem, guint attempt, GError **error)
{
  gint64 needed = time_in_refusal (cr_error_remote_message (problem));
  gint64 now_ms = cr_now_ms (), behind_s = needed - now_ms / 1000;
  if (behind_s > CLOCK_TOLERANCE_S) {
    cr_set_error (
        error, CR_ERROR_ADMIN,
        "Set the clock of this machine. If it is right, another member's clock is ahead: wait until "
        "that time has passed, or let others propose until theirs is forgotten.",
        "Your clock is %" PRId64 " seconds behind the newest proposals of the consortium, which "
        "takes only proposals signed after them.",
        behind_s);
    return FALSE;
  }
  gint64 until_ms = behind_s > 0 || attempt > 1 ? (MAX (needed, now_ms / 1000) + 1) * 1000 + SLACK_MS
                                                : now_ms;
  return cr_job_sleep (job, (guint) (until_ms - now_ms), error);
}

/* Sign PROPOSAL and submit it; as often as needed when so many other proposals came in between that it counts
 * as created too long ago. A message that was sent twice is not replaced: the first sending may have made the
 * proposal. */
static json_t *
sign_and_submit (CrJob *job, CcfClient *client, const json_t *proposal, gboolean open_is_enough,
                 GError **error)
{
  for (guint attempt = 1;; attempt++) {
    g_autoptr (GBytes) message = ccf_proposal_sign (client, proposal, error);
    if (message == NULL)
      return NULL;
    gboolean repeated;
    g_autoptr (GError) problem = NULL;
    json_t *result = submit (job, client, message, open_is_enough, &repeated, &problem);
    if (result != NULL)
      return result;
    if (repeated || attempt > SIGN_AGAIN || !cr_error_is_remote (problem, "ProposalCreatedTooLongAgo")) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
    if (!wait_to_sign_again (job, problem, attempt, error))
      return NULL;
  }
}

json_t *
ccf_proposal_submit (CrJob *job, CcfClient *client, GBytes *message, GError **error)
{
  gboolean repeated;
  return submit (job, client, message, FALSE, &repeated, error);
}

json_t *
ccf_proposal_create (CrJob *job, CcfClient *client, const json_t *proposal, GError **error)
{
  return sign_and_submit (job, client, proposal, FALSE, error);
}

json_t *
ccf_proposal_withdraw (CrJob *job, CcfClient *client, const char *proposal_id, GError **error)
{
  MemberIdentity *identity = ccf_need_member (client, error);
  if (identity == NULL || !ccf_check_id (proposal_id, "The proposal id", error))
    return NULL;
  CoseHeader header = { .type = "withdrawal", .proposal_id = proposal_id };
  g_autoptr (GBytes) message = member_identity_sign (identity, &header, NULL, error);
  if (message == NULL)
    return NULL;
  g_autofree char *path = ccf_gov_path ("/gov/members/proposals/%s:withdraw", proposal_id);
  gboolean repeated;
  g_autoptr (HttpResponse) response = post_patiently (job, client, path, message, &repeated, error);
  if (response == NULL)
    return NULL;
  if (response->status == 204) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "List the proposals to see which are open.",
                  "There is no proposal with this id.");
    return NULL;
  }
  return proposal_of_response (job, client, response, error);
}

static GBytes *
ccf_ballot_sign (CcfClient *client, const char *proposal_id, const char *ballot, GError **error)
{
  MemberIdentity *identity = ccf_need_member (client, error);
  if (identity == NULL || !ccf_check_id (proposal_id, "The proposal id", error))
    return NULL;
  g_autoptr (json_t) body = json_object ();
  cr_json_set_string (body, "ballot", ballot);
  g_autoptr (GBytes) payload = cr_json_dump_bytes (body);
  CoseHeader header = { .type = "ballot", .proposal_id = proposal_id };
  return member_identity_sign (identity, &header, payload, error);
}

json_t *
ccf_ballot_submit (CrJob *job, CcfClient *client, const char *proposal_id, GBytes *message, GError **error)
{
  MemberIdentity *identity = ccf_need_member (client, error);
  if (identity == NULL || !ccf_check_id (proposal_id, "The proposal id", error))
    return NULL;
  g_autofree char *path = ccf_gov_path ("/gov/members/proposals/%s/ballots/%s:submit", proposal_id,
                                        member_identity_id (identity));
  gboolean repeated;
  g_autoptr (GError) problem = NULL;
  g_autoptr (HttpResponse) response = post_patiently (job, client, path, message, &repeated, &problem);
  if (response != NULL)
    return proposal_of_response (job, client, response, error);
  /* After a lost answer "not open" can be the effect of our own ballot. */
  if (repeated && cr_error_is_remote (problem, "ProposalNotOpen"))
    return show_or_closed (job, client, proposal_id, error);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

/* gives */
static json_t *
ccf_proposal_vote_script (CrJob *job, CcfClient *client, const char *proposal_id, const char *ballot,
                          GError **error)
{
  g_autoptr (GBytes) message = ccf_ballot_sign (client, proposal_id, ballot, error);
  return message != NULL ? ccf_ballot_submit (job, client, proposal_id, message, error) : NULL;
}

json_t *
ccf_proposal_vote (CrJob *job, CcfClient *client, const char *proposal_id, gboolean accept, GError **error)
{
  return ccf_proposal_vote_script (job, client, proposal_id, accept ? BALLOT_ACCEPT : BALLOT_REJECT, error);
}

/* Accepted, Open and Closed pass; everything else is a decision against it. */
static json_t *
check_outcome (json_t *proposal, GError **error)
{
  const char *state = cr_json_peek_string (proposal, "proposalState");
  static const char *const good[] = { "Accepted", "Open", "Closed", NULL };
  if (state != NULL && g_strv_contains (good, state))
    return proposal;
  cr_set_error (error, CR_ERROR_REFUSED,
                "Look at the ballots and at the rules of the constitution, then propose again.",
                "The proposal was not accepted: it is now '%s'.", state != NULL ? state : "unknown");
  json_decref (proposal);
  return NULL;
}

/* The own ballot for CREATED (taken; NULL = its error is set) where it is still open. */
static json_t *
vote_for_new (CrJob *job, CcfClient *client, json_t *created, GError **error)
{
  g_autoptr (json_t) proposal = created;
  if (proposal == NULL)
    return NULL;
  if (g_strcmp0 (cr_json_peek_string (proposal, "proposalState"), "Open") == 0) {
    const char *id = cr_json_get_string (proposal, "proposalId", "the proposal", error);
    json_t *voted = id != NULL ? ccf_proposal_vote (job, client, id, TRUE, error) : NULL;
    if (voted == NULL)
      return NULL;
    json_decref (proposal);
    proposal = voted;
  }
  return check_outcome (g_steal_pointer (&proposal), error);
}

json_t *
ccf_propose_and_vote (CrJob *job, CcfClient *client, const json_t *proposal, GError **error)
{
  return vote_for_new (job, client, sign_and_submit (job, client, proposal, TRUE, error), error);
}
