/* SPDX-License-Identifier: MIT
 * Named points at which tests kill the program or make an operation fail (fault.h).
 *
 * The plan is read from the environment once; the counters are atomic. This is the one place with
 * process-wide state: a kill point counts for the whole process by its nature.
 */
#include "base/fault.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum { FAULT_NONE, FAULT_KILL, FAULT_KILL_NAMED, FAULT_FULL, FAULT_COUNT } FaultKind;

typedef struct {
  FaultKind kind;
  char *name;
  gint at;
  gint passed;
  gint writes;
} FaultPlan;

static FaultPlan *fault_plan (void);

static void
print_count (void)
{
  fprintf (stderr, "fault points: %d\nfault writes: %d\n", g_atomic_int_get (&fault_plan ()->passed),
           g_atomic_int_get (&fault_plan ()->writes));
}

static FaultPlan *
read_plan (void)
{
  FaultPlan *plan = g_new0 (FaultPlan, 1);
  const char *text = g_getenv ("CLEANROOM_FAULT");
  if (text == NULL)
    return plan;
  const char *number = strrchr (text, ':');
  plan->at = number != NULL ? atoi (number + 1) : 0;
  if (g_str_has_prefix (text, "kill:")) {
    plan->kind = FAULT_KILL;
  } else if (g_str_has_prefix (text, "kill@") && number != NULL) {
    plan->kind = FAULT_KILL_NAMED;
    plan->name = g_strndup (text + 5, (gsize) (number - text - 5));
  } else if (g_str_has_prefix (text, "enospc:")) {
    plan->kind = FAULT_FULL;
  } else if (strcmp (text, "count") == 0) {
    plan->kind = FAULT_COUNT;
    atexit (print_count);
  }
  return plan;
}

static FaultPlan *
fault_plan (void)
{
  static gsize plan = 0;
  if (g_once_init_enter (&plan))
    g_once_init_leave (&plan, (gsize) read_plan ());
  return (FaultPlan *) plan;
}

void
cr_fault_point (const char *name)
{
  FaultPlan *plan = fault_plan ();
  if (plan->kind == FAULT_NONE || (plan->kind == FAULT_KILL_NAMED && strcmp (plan->name, name) != 0))
    return;
  int count = g_atomic_int_add (&plan->passed, 1) + 1;
  if ((plan->kind == FAULT_KILL || plan->kind == FAULT_KILL_NAMED) && count == plan->at)
    kill (getpid (), SIGKILL);
}

gboolean
cr_fault_write (void)
{
  FaultPlan *plan = fault_plan ();
  if (plan->kind == FAULT_NONE)
    return FALSE;
  int count = g_atomic_int_add (&plan->writes, 1) + 1;
  return plan->kind == FAULT_FULL && count >= plan->at;
}
