/* SPDX-License-Identifier: MIT
 * Route tables: patterns with {parameters}, 404 for unknown paths, 405 with Allow for other methods.
 */
#include "sandbox/sandbox-private.h"

#include <string.h>

/* One segment against "text{name}text". Adds what the braces matched. */
static gboolean
match_segment (const char *pattern, gsize pattern_length, const char *text, gsize text_length,
               GPtrArray *parameters)
{
  const char *open = memchr (pattern, '{', pattern_length);
  if (!open)
    return pattern_length == text_length && memcmp (pattern, text, text_length) == 0;
  const char *close = memchr (open, '}', pattern_length - (gsize) (open - pattern));
  g_return_val_if_fail (close, FALSE);
  gsize before = (gsize) (open - pattern);
  gsize after = pattern_length - (gsize) (close + 1 - pattern);
  if (text_length <= before + after || memcmp (pattern, text, before) != 0
      || memcmp (close + 1, text + text_length - after, after) != 0)
    return FALSE;
  if (parameters)
    g_ptr_array_add (parameters, g_strndup (text + before, text_length - before - after));
  return TRUE;
}

gboolean
sandbox_route_match (const char *pattern, const char *path, GPtrArray *parameters)
{
  if (parameters)
    g_ptr_array_set_size (parameters, 0);
  while (*pattern == '/' && *path == '/') {
    pattern++;
    path++;
    gsize pattern_length = strcspn (pattern, "/");
    if (pattern_length >= 3 && *pattern == '{'
        && pattern[pattern_length - 2] == '*') { /* {name*}: the rest with its slashes */
      if (!*path)
        return FALSE;
      if (parameters)
        g_ptr_array_add (parameters, g_strdup (path));
      return TRUE;
    }
    gsize path_length = strcspn (path, "/");
    if (!match_segment (pattern, pattern_length, path, path_length, parameters))
      return FALSE;
    pattern += pattern_length;
    path += path_length;
  }
  return !*pattern && !*path;
}

static void
allow_add (GString *allow, const char *method)
{
  g_auto (GStrv) known = g_strsplit (allow->str, ", ", -1);
  if (g_strv_contains ((const char *const *) known, method))
    return;
  if (allow->len)
    g_string_append (allow, ", ");
  g_string_append (allow, method);
}

gboolean
sandbox_route_dispatch (Sandbox *sandbox, const SandboxRoute *routes, SandboxRequest *request,
                        SandboxResponse *response)
{
  g_autoptr (GString) allow = g_string_new (NULL);
  for (const SandboxRoute *route = routes; route->pattern; route++) {
    if (!sandbox_route_match (route->pattern, request->path, request->parameters))
      continue;
    if (strcmp (route->method, "*") == 0 || strcmp (route->method, request->method) == 0) {
      route->handler (sandbox, request, response);
      return TRUE;
    }
    allow_add (allow, route->method);
  }
  if (!allow->len)
    return FALSE;
  sandbox_respond_header (response, "Allow", allow->str);
  sandbox_respond_error (response, 405, "UnsupportedHttpVerb", "Allowed methods for '%s' are: %s.",
                         request->path, allow->str);
  return TRUE;
}
