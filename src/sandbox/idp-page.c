/* SPDX-License-Identifier: MIT
 * The page on which a person approves a sign-in: one small form, no script, everything escaped.
 */
#include "sandbox/idp-private.h"

#include <string.h>

/* NOTE and USER_CODE may be NULL; both are text, not HTML. WITH_FORM shows the form below the note. */
static void
respond_page (SandboxResponse *response, guint status, const char *note, const char *user_code,
              gboolean with_form)
{
  g_autoptr (GString) html = g_string_new (
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sign in - local identity "
      "provider</title>"
      "<style>body{font-family:sans-serif;max-width:32em;margin:3em auto;padding:0 1em}"
      "label{display:block;margin:.8em 0}input{display:block;width:100%;padding:.3em}</style></head>\n"
      "<body><h1>Sign in</h1><p>This is the <strong>local, simulated identity provider</strong> of a clean "
      "room on this "
      "machine. Never enter the password of a real account here.</p>\n");
  if (note != NULL) {
    g_autofree char *text = g_markup_escape_text (note, -1);
    g_string_append_printf (html, "<p role=\"status\"><strong>%s</strong></p>\n", text);
  }
  if (with_form) {
    g_autofree char *code = g_markup_escape_text (user_code == NULL ? "" : user_code, -1);
    g_string_append_printf (
        html,
        "<form method=\"post\" action=\"/device\">"
        "<label>Code <input name=\"user_code\" value=\"%s\" maxlength=\"16\" autocomplete=\"off\" "
        "required></label>\n"
        "<label>Address <input name=\"address\" type=\"email\" maxlength=\"254\" required></label>\n"
        "<label>Password <input name=\"password\" type=\"password\" maxlength=\"256\" required></label>\n"
        "<button name=\"action\" value=\"approve\">Sign in</button> "
        "<button name=\"action\" value=\"decline\">Decline</button></form>\n",
        code);
  }
  g_string_append (html, "</body></html>\n");
  sandbox_respond_text (response, status, "text/html; charset=utf-8", html->str);
  sandbox_respond_header (response, "Cache-Control", "no-store");
  sandbox_respond_header (response, "X-Frame-Options", "DENY");
  sandbox_respond_header (response, "X-Content-Type-Options", "nosniff");
  sandbox_respond_header (response, "Referrer-Policy", "no-referrer");
  sandbox_respond_header (
      response, "Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'");
}

void
idp_page_get (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  (void) sandbox;
  g_autofree char *code = sandbox_request_query (request, "user_code");
  gboolean shown = code != NULL && g_utf8_validate (code, -1, NULL) && strlen (code) <= 32;
  respond_page (response, 200, NULL, shown ? code : NULL, TRUE);
}

void
idp_page_post (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  static const struct {
    guint status;
    gboolean again; /* show the form again */
    const char *note;
  } answers[] = {
    [IDP_APPROVE_DONE] = { 200, FALSE, "You have signed in. You can close this page." },
    [IDP_APPROVE_UNKNOWN_CODE] = { 404, TRUE, "That code is not known. Check it and try again." },
    [IDP_APPROVE_EXPIRED] = { 410, FALSE, "That code has expired. Start the sign-in again in the program." },
    [IDP_APPROVE_USED] = { 409, FALSE, "That code was used already." },
    [IDP_APPROVE_LOCKED] = { 429, FALSE,
                             "Too many wrong passwords: this code is locked. Start the sign-in again." },
    [IDP_APPROVE_WRONG_PASSWORD] = { 401, TRUE, "Address or password is wrong." },
    [IDP_APPROVE_FAILED] = { 500, TRUE, "The answer could not be stored. Try again." },
  };
  g_autofree char *code = sandbox_request_form (request, "user_code");
  g_autofree char *address = sandbox_request_form (request, "address");
  g_autofree char *password = sandbox_request_form (request, "password");
  g_autofree char *action = sandbox_request_form (request, "action");
  if (code == NULL || address == NULL || password == NULL || strlen (password) > 256 || strlen (address) > 254
      || strlen (code) > 32 || !g_utf8_validate (code, -1, NULL) || !g_utf8_validate (address, -1, NULL)) {
    respond_page (response, 400, "Fill in the code, the address and the password.", NULL, TRUE);
    return;
  }
  gboolean decline = g_strcmp0 (action, "decline") == 0;
  IdpApproval result = idp_device_approve (sandbox_part (sandbox, "idp"), code, address, password, decline);
  cr_wipe (password, strlen (password));
  const char *note = result == IDP_APPROVE_DONE && decline ? "You have declined. You can close this page."
                                                           : answers[result].note;
  respond_page (response, answers[result].status, note, code, answers[result].again);
}
