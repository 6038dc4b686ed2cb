/* SPDX-License-Identifier: MIT
 * Values and their memory (value.h, model-private.h).
 */
#include "ui/model/model-private.h"

#include "base/text.h"

#include <glib/gi18n.h>
#include <string.h>

#define LINES_MAX (256u * 1024)

struct UiArena {
  gatomicrefcount references;
  GStringChunk *texts;
  GPtrArray *pieces; /* g_free */
  GSList *owned;     /* Owned */
};

typedef struct {
  gpointer data;
  GDestroyNotify release;
} Owned;

/* Before every value; a multiple of 16 bytes keeps what follows aligned. */
typedef struct {
  gatomicrefcount references;
  gsize size;
  UiArena *content; /* what the value was made with */
  UiArena *status;  /* the problem of ui_value_with(), or NULL */
} Head;

G_STATIC_ASSERT (sizeof (Head) % 16 == 0);

static UiArena *
arena_new (void)
{
  UiArena *arena = g_new0 (UiArena, 1);
  g_atomic_ref_count_init (&arena->references);
  arena->texts = g_string_chunk_new (512);
  arena->pieces = g_ptr_array_new_with_free_func (g_free);
  return arena;
}

static UiArena *
arena_ref (UiArena *arena)
{
  g_atomic_ref_count_inc (&arena->references);
  return arena;
}

static void
arena_unref (UiArena *arena)
{
  if (arena == NULL || !g_atomic_ref_count_dec (&arena->references))
    return;
  for (GSList *at = arena->owned; at != NULL; at = at->next) {
    Owned *owned = at->data;
    owned->release (owned->data);
    g_free (owned);
  }
  g_slist_free (arena->owned);
  g_ptr_array_unref (arena->pieces);
  g_string_chunk_free (arena->texts);
  g_free (arena);
}

static Head *
head_of (gconstpointer value)
{
  /* The one place where a published value is touched: its count. */
  union {
    gconstpointer fixed;
    char *bytes;
  } at = { .fixed = value };
  return (Head *) (gpointer) (at.bytes - sizeof (Head));
}

static gpointer
value_alloc (gsize size, UiArena *content, UiArena *status)
{
  Head *head = g_malloc0 (sizeof (Head) + size);
  g_atomic_ref_count_init (&head->references);
  head->size = size;
  head->content = content;
  head->status = status;
  return head + 1;
}

gpointer
ui_value_new (gsize size)
{
  return value_alloc (size, arena_new (), NULL);
}

UiArena *
ui_value_arena (gconstpointer value)
{
  return head_of (value)->content;
}

gpointer
ui_value_with (gconstpointer value, UiModelStatus status, gboolean refreshing, const GError *problem)
{
  Head *old = head_of (value);
  UiArena *own = problem != NULL ? arena_new () : NULL;
  UiValue *copy = value_alloc (old->size, arena_ref (old->content), own);
  memcpy (copy, value, old->size);
  copy->status = status;
  copy->refreshing = refreshing;
  copy->problem = problem != NULL ? ui_problem (own, problem) : NULL;
  return copy;
}

gpointer
ui_value_ref (gconstpointer value)
{
  if (value == NULL)
    return NULL;
  Head *head = head_of (value);
  g_atomic_ref_count_inc (&head->references);
  return head + 1;
}

void
ui_value_unref (gpointer value)
{
  if (value == NULL || !g_atomic_ref_count_dec (&head_of (value)->references))
    return;
  Head *head = head_of (value);
  arena_unref (head->content);
  arena_unref (head->status);
  g_free (head);
}

void
ui_arena_own (UiArena *arena, gpointer data, GDestroyNotify release)
{
  Owned *owned = g_new0 (Owned, 1);
  owned->data = data;
  owned->release = release;
  arena->owned = g_slist_prepend (arena->owned, owned);
}

void
ui_arena_keep (UiArena *arena, gconstpointer value)
{
  if (value != NULL)
    ui_arena_own (arena, ui_value_ref (value), ui_value_unref);
}

gpointer
ui_arena_take (UiArena *arena, gsize size)
{
  gpointer piece = g_malloc0 (size);
  g_ptr_array_add (arena->pieces, piece);
  return piece;
}

GPtrArray *
ui_arena_list (UiArena *arena)
{
  GPtrArray *list = g_ptr_array_new ();
  ui_arena_own (arena, list, (GDestroyNotify) g_ptr_array_unref);
  return list;
}

char *
ui_text (UiArena *arena, const char *text)
{
  if (text == NULL)
    return NULL;
  g_autofree char *safe = cr_text_safe (text);
  return g_string_chunk_insert (arena->texts, safe);
}

char *
ui_text_or_empty (UiArena *arena, const char *text)
{
  return ui_text (arena, text != NULL ? text : "");
}

char *
ui_text_or_null (UiArena *arena, const char *text)
{
  return text != NULL && *text != '\0' ? ui_text (arena, text) : NULL;
}

char *
ui_lines (UiArena *arena, const char *text, gsize max, gboolean *cut)
{
  if (cut != NULL)
    *cut = FALSE;
  if (text == NULL)
    return NULL;
  if (max == 0)
    max = LINES_MAX;
  gsize length = strlen (text);
  if (length <= max) {
    g_autofree char *safe = cr_text_safe_lines (text);
    return g_string_chunk_insert (arena->texts, safe);
  }
  if (cut != NULL)
    *cut = TRUE;
  g_autofree char *part = g_strndup (text, max);
  g_autofree char *safe = cr_text_safe_lines (part);
  g_autofree char *all = g_strdup_printf (_ ("%s\n[the rest, %zu bytes, is not shown]"), safe, length - max);
  return g_string_chunk_insert (arena->texts, all);
}

char *
ui_textf (UiArena *arena, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return ui_text (arena, text);
}

static char *
ui_json_text_lines (UiArena *arena, const char *text)
{
  if (text == NULL)
    return NULL;
  g_autoptr (json_t) parsed = cr_json_parse (text, strlen (text), "the text", NULL);
  gboolean layered = json_is_object (parsed) || json_is_array (parsed);
  g_autofree char *laid_out = layered ? cr_json_dump_pretty (parsed) : NULL;
  return ui_lines (arena, laid_out != NULL ? laid_out : text, 0, NULL);
}

char *
ui_json_lines (UiArena *arena, const json_t *value)
{
  if (value == NULL || json_is_null (value))
    return NULL;
  g_autofree char *text = json_is_string (value) ? g_strdup (json_string_value (value))
                                                 : cr_json_dump_pretty (value);
  return json_is_string (value) ? ui_json_text_lines (arena, text) : ui_lines (arena, text, 0, NULL);
}

char *
ui_member (UiArena *arena, const json_t *object, const char *key)
{
  return ui_text (arena, cr_json_peek_string (object, key));
}

void
ui_add_pair (UiArena *arena, GPtrArray *list, const char *name, const char *text)
{
  UiPair *pair = UI_TAKE (arena, UiPair);
  pair->name = ui_text_or_empty (arena, name);
  pair->text = ui_lines (arena, text != NULL ? text : "", 0, NULL);
  g_ptr_array_add (list, pair);
}

void
ui_add_text (UiArena *arena, GPtrArray *list, const char *text)
{
  if (text != NULL)
    g_ptr_array_add (list, ui_text (arena, text));
}

const UiProblem *
ui_problem (UiArena *arena, const GError *error)
{
  UiProblem *problem = UI_TAKE (arena, UiProblem);
  problem->code = error->domain == CR_ERROR ? (CrErrorCode) error->code : CR_ERROR_FAILED;
  problem->what = ui_text_or_empty (arena, error->message);
  problem->why = ui_text_or_null (arena, cr_error_remote_message (error));
  problem->next = ui_text_or_null (arena, cr_error_hint (error));
  problem->remote_code = ui_text_or_null (arena, cr_error_remote_code (error));
  problem->correlation_id = ui_text_or_null (arena, cr_error_correlation_id (error));
  problem->http_status = cr_error_http_status (error);
  return problem;
}

GError *
ui_problem_error (const UiProblem *problem)
{
  GError *error = NULL;
  CrRemote remote = { .http_status = problem->http_status,
                      .code = problem->remote_code,
                      .message = problem->why,
                      .correlation_id = problem->correlation_id };
  cr_set_remote_error (&error, problem->code, &remote, problem->next, "%s", problem->what);
  return error;
}
