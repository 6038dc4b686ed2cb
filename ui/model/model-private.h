/* SPDX-License-Identifier: MIT
 * The inside of the models: values and their memory, texts made safe, problems.
 *
 * A value and everything in it live in one arena, that is freed when the last reference to the value goes.
 */
#pragma once

#include "base/json.h"
#include "ui/model/value.h"

G_BEGIN_DECLS

typedef struct UiArena UiArena;

/* A value of SIZE bytes that begins with UiValue, zeroed, LOADING. Gives. */
gpointer ui_value_new (gsize size);
UiArena *ui_value_arena (gconstpointer value);
/* The same content with another status. PROBLEM (borrowed) only with UI_MODEL_FAILED. Gives. */
gpointer ui_value_with (gconstpointer value, UiModelStatus status, gboolean refreshing,
                        const GError *problem);
/* Everything VALUE needs stays until ARENA goes. */
void ui_arena_keep (UiArena *arena, gconstpointer value);
/* FREE (DATA) when the arena goes. */
void ui_arena_own (UiArena *arena, gpointer data, GDestroyNotify release);

/* SIZE zeroed bytes. */
gpointer ui_arena_take (UiArena *arena, gsize size);
#define UI_TAKE(arena, Type) ((Type *) ui_arena_take (arena, sizeof (Type)))
/* An empty array whose elements belong to the arena. */
GPtrArray *ui_arena_list (UiArena *arena);

/* Copies of outside text, safe for a screen. NULL stays NULL. */
char *ui_text (UiArena *arena, const char *text);
/* NULL becomes "". */
char *ui_text_or_empty (UiArena *arena, const char *text);
/* NULL and "" become NULL. */
char *ui_text_or_null (UiArena *arena, const char *text);
/* Keeps line feeds and tabs; cut at MAX bytes (0 = 256 KiB) with a remark; *CUT (may be NULL). */
char *ui_lines (UiArena *arena, const char *text, gsize max, gboolean *cut);
char *ui_textf (UiArena *arena, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* JSON laid out as lines; a text that holds JSON is laid out, another one is taken as it is. */
char *ui_json_lines (UiArena *arena, const json_t *value);
/* String member KEY of OBJECT, safe; NULL when absent. */
char *ui_member (UiArena *arena, const json_t *object, const char *key);
void ui_add_pair (UiArena *arena, GPtrArray *list, const char *name, const char *text);
void ui_add_text (UiArena *arena, GPtrArray *list, const char *text);

/* The parts of ERROR. */
const UiProblem *ui_problem (UiArena *arena, const GError *error);
/* The parts as an error again, for callers that have only the texts. */
GError *ui_problem_error (const UiProblem *problem);

/* An empty value of each kind; gives. */
gpointer ui_overview_new (void);
gpointer ui_journey_new (void);
gpointer ui_step_detail_new (void);
gpointer ui_running_new (void);
gpointer ui_sign_in_new (void);
gpointer ui_consortium_new (void);
gpointer ui_contracts_new (void);
gpointer ui_contract_new (void);
gpointer ui_documents_new (void);
gpointer ui_document_new (void);
gpointer ui_data_new (void);
gpointer ui_runs_new (void);
gpointer ui_run_new (void);
gpointer ui_output_new (void);
gpointer ui_audit_new (void);
gpointer ui_keys_new (void);
gpointer ui_calls_new (void);
gpointer ui_health_new (void);

G_END_DECLS
