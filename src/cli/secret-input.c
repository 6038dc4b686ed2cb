/* SPDX-License-Identifier: MIT
 * Secrets for a step (secret-input.h).
 */
#include "cli/secret-input.h"

#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/translate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define SECRET_MAX_BYTES 4096u

/* One line of standard input, read byte by byte so that no buffer keeps more of it. Gives. */
static CrSecretText
read_line (GError **error)
{
  char line[SECRET_MAX_BYTES];
  gsize length = 0;
  ssize_t n = 0;
  while (length < sizeof line) {
    n = read (STDIN_FILENO, line + length, 1);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0 || line[length] == '\n')
      break;
    length++;
  }
  CrSecretText text = NULL;
  while (length > 0 && length < sizeof line && line[length - 1] == '\r')
    length--;
  if (length == 0 || length == sizeof line)
    cr_set_error (error, CR_ERROR_INPUT, NULL,
                  length == 0 ? N_ ("No secret was given.") : N_ ("The secret is too long."));
  else
    text = cr_secret_text_new (line, (gssize) length);
  cr_wipe (line, sizeof line);
  return text;
}

/* The same without showing what is typed. Gives. */
static CrSecretText
ask_hidden (const char *title, GError **error)
{
  struct termios normal, hidden;
  fprintf (stderr, "%s: ", title);
  fflush (stderr);
  gboolean quiet = tcgetattr (STDIN_FILENO, &normal) == 0;
  if (quiet) {
    hidden = normal;
    hidden.c_lflag &= ~(tcflag_t) ECHO;
    quiet = tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
  }
  if (!quiet) {
    cr_set_error (error, CR_ERROR_ADMIN, "Give it on standard input: --set NAME=-",
                  "The terminal cannot hide what is typed.");
    return NULL;
  }
  CrSecretText text = read_line (error);
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &normal);
  fputc ('\n', stderr);
  return text;
}

static CrSecretText
read_secret (const char *given, const char *title, GError **error)
{
  if (given == NULL)
    return ask_hidden (title, error);
  if (strcmp (given, "-") == 0)
    return isatty (STDIN_FILENO) ? ask_hidden (title, error) : read_line (error);
  return cr_file_read_secret_text (given + 1, SECRET_MAX_BYTES, error);
}

gboolean
cli_secret_inputs (Cli *cli, WorkflowEngine *engine, const char *persona, const char *step,
                   GHashTable *inputs, GError **error)
{
  g_autoptr (WorkflowStatus) found = workflow_engine_status (engine, persona, step, error);
  if (found == NULL)
    return FALSE;
  for (guint i = 0; !cli_flag (cli, "plan") && i < found->step->inputs->len; i++) {
    const WorkflowInput *input = g_ptr_array_index (found->step->inputs, i);
    const char *given = g_hash_table_lookup (inputs, input->name);
    const WorkflowInput *before = i > 0 ? g_ptr_array_index (found->step->inputs, i - 1) : NULL;
    gboolean ask = given == NULL && before != NULL && g_hash_table_contains (inputs, before->name)
                   && isatty (STDIN_FILENO) && isatty (STDERR_FILENO);
    if (input->kind != WORKFLOW_INPUT_SECRET || (given == NULL && !ask))
      continue;
    if (given != NULL && strcmp (given, "-") != 0 && *given != '@') {
      if (*given != '\0')
        cli_say (
            _ ("%s: others on this machine can read what stands on a command line; --set %s=- asks for it."),
            input->title, input->name);
      continue;
    }
    g_auto (CrSecretText) secret = read_secret (given, input->title, error);
    if (secret == NULL)
      return FALSE;
    g_hash_table_insert (inputs, g_strdup (input->name), g_strdup (secret));
  }
  return TRUE;
}
