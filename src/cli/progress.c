/* SPDX-License-Identifier: MIT
 * What a running job says on stderr (progress.h).
 */
#include "cli/progress.h"

#include "base/clock.h"
#include "base/text.h"
#include "data/transfer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REDRAW_MS 100
#define RATE_COLUMN 46
#define LEAST_BYTES 2000u /* a smaller total counts something else */

static void
clear_line (CliProgress *progress)
{
  if (progress->drawn)
    fputs ("\r\033[K", stderr);
  progress->drawn = FALSE;
}

static void
on_progress (const char *phase, guint64 done, guint64 total, gpointer data)
{
  CliProgress *progress = data;
  gint64 now = g_get_monotonic_time () / 1000;
  if (total != progress->total || done < progress->from) {
    progress->total = total;
    progress->from = done;
    progress->began_ms = now;
  }
  if (progress->quiet || !progress->terminal || now - progress->last_ms < REDRAW_MS)
    return;
  progress->last_ms = now;
  clear_line (progress);
  g_autofree char *safe = cr_text_safe (phase);
  g_autofree char *fitted = cr_text_fit (safe, RATE_COLUMN);
  g_autofree char *rate = total < LEAST_BYTES
                              ? g_strdup ("")
                              : transfer_rate_text (progress->from, done, total, now - progress->began_ms);
  if (total > 0)
    fprintf (stderr, "  %s %3u %%  %s", fitted, (guint) (100 * MIN (done, total) / total), rate);
  else
    fprintf (stderr, "  %s", g_strchomp (fitted));
  fflush (stderr);
  progress->drawn = TRUE;
}

static void
on_call (const CrCall *call, gpointer data)
{
  CliProgress *progress = data;
  if (!progress->verbose)
    return;
  clear_line (progress);
  g_autofree char *time = cr_clock_text (call->started_ms);
  if (call->status > 0)
    cli_say ("  %s %s %s  %u  %u ms", time, call->method, call->url, call->status, call->elapsed_ms);
  else
    cli_say ("  %s %s %s  %s", time, call->method, call->url,
             call->problem != NULL ? call->problem : "no answer");
}

/* The text of a sign-in notice is JSON with user_code, verification_uri and message. */
static void
say_sign_in (const char *text)
{
  g_autoptr (json_t) notice = cr_json_parse (text, strlen (text), "the sign-in notice", NULL);
  const char *code = cr_json_peek_string (notice, "user_code");
  const char *address = cr_json_peek_string (notice, "verification_uri");
  if (code == NULL || address == NULL) {
    cli_say ("%s", text);
    return;
  }
  cli_say ("Sign in: open  %s", address);
  cli_say ("         enter %s", code);
  cli_say ("In the local environment this does the same: cleanroom identity approve %s --as PERSONA", code);
}

static void
on_notice (const char *kind, const char *text, gpointer data)
{
  CliProgress *progress = data;
  clear_line (progress);
  if (strcmp (kind, "sign-in") == 0)
    say_sign_in (text);
  else if (!progress->quiet)
    cli_say ("  %s", text);
}

void
cli_progress_attach (CliProgress *progress, Cli *cli)
{
  memset (progress, 0, sizeof *progress);
  progress->terminal = isatty (STDERR_FILENO);
  progress->quiet = cli_flag (cli, "quiet");
  progress->verbose = cli_flag (cli, "verbose");
  CrJob *job = cli_job (cli);
  cr_job_on_progress (job, on_progress, progress);
  cr_job_on_call (job, on_call, progress);
  cr_job_on_notice (job, on_notice, progress);
}

void
cli_progress_end (CliProgress *progress)
{
  clear_line (progress);
}
