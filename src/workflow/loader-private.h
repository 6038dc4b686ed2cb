/* SPDX-License-Identifier: MIT
 * The parts of the persona loader: texts with placeholders, steps, personas, scenarios.
 */
#pragma once

#include "base/yaml.h"
#include "workflow/loader.h"

G_BEGIN_DECLS

/* What is known while one folder is read. */
typedef struct {
  const char *dir;
  const char *const *actions;
  const char *const *probes;
  GHashTable *files; /* paths read so far; NULL = nobody counts */
} WorkflowReader;

/* loader-text.c */
/* Every {name} of TEXT must be a known placeholder, one of INPUTS (WorkflowInput, may be NULL) or, when EACH,
 * "each". NODE gives file and line. */
gboolean workflow_text_check (const CrYaml *node, const char *text, GPtrArray *inputs, gboolean each,
                              GError **error);
/* The list of text items at MAP[key]; an empty list when absent. Gives; NULL on error. */
char **workflow_read_strings (const CrYaml *map, const char *key, GError **error);
gboolean workflow_read_boolean (const CrYaml *map, const char *key, gboolean *value, GError **error);
gboolean workflow_read_name (const CrYaml *map, const char *key, char **value, GError **error);
/* "NAME in [a, b]" at MAP[key]; NULL with *error unset when absent. NAMES: allowed names. */
WorkflowCondition *workflow_read_condition (const CrYaml *map, const char *key, const char *const *names,
                                            const char *what, GError **error);
void workflow_condition_free (WorkflowCondition *condition);
extern const char *const workflow_when_names[];
gboolean workflow_is_value_name (const char *name); /* may stand in "values:" of a scenario */

/* loader-step.c */
WorkflowStep *workflow_read_step (WorkflowReader *reader, const CrYaml *node, GError **error);
void workflow_step_free (WorkflowStep *step);

/* loader.c */
void workflow_reader_count (WorkflowReader *reader, const char *path);
WorkflowPersona *workflow_read_persona (WorkflowReader *reader, const char *name, GError **error);
void workflow_persona_free (WorkflowPersona *persona);
/* The names NAME of DIR/FOLDER/NAME.yaml, sorted. Gives. */
char **workflow_yaml_names (const char *folder, GError **error);

/* loader-scenario.c */
WorkflowScenario *workflow_read_scenario (WorkflowReader *reader, const char *name, GError **error);

/* loader-artefact.c */
/* PATH may stand in "makes:". NODE gives file and line. */
gboolean workflow_check_artefact (const CrYaml *node, const char *path, GError **error);
/* STEP has NEED (names filled in), which MAKER meets: what is made of something of SCENARIO must be the
 * scenario's too. */
gboolean workflow_check_scope (const WorkflowScenario *scenario, const WorkflowStep *step,
                               const WorkflowNeed *need, const WorkflowStep *maker, GError **error);
/* No two public files of SCENARIO have the same name. */
gboolean workflow_scenario_check_names (const WorkflowScenario *scenario, GError **error);

/* loader-order.c */
/* The needs of STEP (taken by PERSONA) with {persona} and {each} filled in; {each} gives one per
 * collaborator.
 * Gives an array of WorkflowNeed that owns its elements. */
GPtrArray *workflow_step_needs (const WorkflowScenario *scenario, const char *persona,
                                const WorkflowStep *step);
void workflow_need_free (WorkflowNeed *need);
/* The artefacts of STEP likewise. Gives a NULL-terminated list. */
char **workflow_step_makes (const WorkflowScenario *scenario, const char *persona, const WorkflowStep *step);
/* All turns of SCENARIO in an order that satisfies needs and journeys: array of WorkflowTurnPlace. NULL and
 * *CIRCLE ("a -> b -> a") when there is none. Gives. */
typedef struct {
  const WorkflowJourney *journey;
  const WorkflowStep *step;
} WorkflowTurnPlace;
GPtrArray *workflow_scenario_order (const WorkflowScenario *scenario, char **circle);
/* Every reference of SCENARIO leads somewhere. */
gboolean workflow_scenario_check_needs (const WorkflowScenario *scenario, GError **error);

G_END_DECLS
