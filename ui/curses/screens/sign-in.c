/* SPDX-License-Identifier: MIT
 * Signing in with a code: the code large, the address, a QR code, the time that is left. In a local
 * environment the page that a browser would show is here as well.
 */
#include "ui/curses/screens/sign-in.h"

#include "base/translate.h"
#include "ui/curses/qr.h"
#include "ui/curses/screens/show.h"
#include "ui/model/operations.h"
#include "ui/model/session.h"

#define HIDE ""
/* Columns that the words need beside the QR code, with the code large; and below it. */
#define LEAST_WORDS 62
#define LEAST_LOWER 36
/* Rows above a QR code that stands below the large code. */
#define ABOVE_QR 5

typedef struct {
  UiSession *session;
  gboolean qr;        /* the QR code instead of the words, where both do not fit */
  gboolean crowded;   /* as last drawn: both do not fit */
  gboolean answering; /* the local provider is being told */
} SignIn;

extern const UiScreenClass ui_screen_sign_in;

void
ui_sign_in_watch (UiApp *app, char **seen)
{
  const UiSignIn *model = ui_session_sign_in (ui_app_session (app));
  UiScreen *screen = ui_app_screen (app);
  if (!model->asked || g_strcmp0 (model->code, *seen) == 0)
    return;
  g_free (*seen);
  *seen = g_strdup (model->code);
  if (screen == NULL || screen->class != &ui_screen_sign_in)
    ui_app_open (app, "sign-in", NULL);
}

static const UiSignIn *
model_of (UiScreen *screen)
{
  return ui_session_sign_in (UI_STATE (screen, SignIn)->session);
}

/* --- drawing --- */

static int
draw_step (UiRect rect, int row, const char *number, const char *text)
{
  ui_draw_text (rect, row, 0, UI_STYLE_KEY, number);
  ui_draw_text (rect, row, 3, UI_STYLE_TEXT, text);
  return row + 1;
}

/* The code, large where there is room; also as plain text, which can be selected and read aloud. Gives the
 * row behind. */
static int
draw_code (UiRect rect, int row, const char *code)
{
  UiRect inside = ui_rect_sub (rect, 0, 3, -1, -1);
  int room = rect.rows - row;
  if (room >= UI_LARGE_FLAT_ROWS + 5 && ui_draw_large_flat (inside, row, UI_STYLE_STRONG, code) > 0)
    row += UI_LARGE_FLAT_ROWS + 1;
  else if (room >= UI_LARGE_ROWS + 5 && ui_draw_large (inside, row, UI_STYLE_STRONG, code) > 0)
    row += UI_LARGE_ROWS + 1;
  ui_draw_text (inside, row, 0, UI_STYLE_STRONG, code);
  return row + 1;
}

/* "1  Open this page  https://..." in one line where it fits. Gives the row behind. */
static int
draw_page (UiRect rect, int row, const char *url)
{
  const char *text = _ ("Open this page");
  int column = 3 + ui_cells_width (text) + 2;
  draw_step (rect, row, "1", text);
  if (column + ui_cells_width (url) <= rect.columns) {
    ui_draw_text (rect, row, column, UI_STYLE_LINK, url);
    return row + 1;
  }
  return row + 1 + ui_draw_paragraph (ui_rect_sub (rect, 0, 3, -1, -1), row + 1, UI_STYLE_LINK, url);
}

static void
draw_countdown (UiRect rect, int row, const UiSignIn *model, gboolean answering)
{
  gint64 left = MAX (model->expires_ms - g_get_real_time () / 1000, 0) / 1000;
  ui_draw_spinner (rect, row, 0, UI_STYLE_WAITING);
  if (answering) {
    ui_draw_text (rect, row, 3, UI_STYLE_RUNNING, _ ("Telling the identity provider"));
    return;
  }
  if (model->expires_ms == 0)
    ui_draw_text (rect, row, 3, UI_STYLE_WAITING, _ ("Waits for you"));
  else if (left == 0)
    ui_draw_text (rect, row, 3, UI_STYLE_WARNING, _ ("The code has run out; a new one can be asked for."));
  else
    ui_draw_format (rect, row, 3, left < 60 ? UI_STYLE_WARNING : UI_STYLE_WAITING,
                    _ ("Waits for you: %d:%02d left"), (int) (left / 60), (int) (left % 60));
  ui_draw_again_in (rect, 1000);
}

/* LOWER is what is left beside the QR code for what stands below the sign-in code. */
static void
draw_words (UiScreen *screen, UiRect rect, int lower, const UiSignIn *model)
{
  gboolean airy = rect.rows >= 24;
  int row = 0;
  row = draw_page (rect, row, model->url) + airy;
  row = draw_step (rect, row, "2", _ ("Type this code")) + airy;
  row = draw_code (rect, row, model->code) + 1;
  UiRect rest = ui_rect_sub (rect, row, 0, -1, lower);
  row = 0;
  if (model->account != NULL) {
    row = draw_step (rest, row, "3", _ ("Sign in as"));
    ui_draw_text (rest, row++, 3, UI_STYLE_STRONG, model->account);
    row++;
  }
  draw_countdown (rest, row, model, UI_STATE (screen, SignIn)->answering);
  row += 2;
  if (model->local && rest.rows - row >= 2)
    ui_draw_paragraph (
        rest, row, UI_STYLE_DIM,
        _ ("This environment is local: no browser is needed. Enter opens the page of its identity "
           "provider here."));
}

static void
draw_qr (UiRect rect, const UiSignIn *model)
{
  int rows = 0, columns = 0;
  if (model->qr_text == NULL || !ui_qr_size (model->qr_text, ui_rect_ascii (rect), &rows, &columns))
    return;
  ui_qr_draw (ui_rect_sub (rect, 0, MAX (0, (rect.columns - columns) / 2), -1, -1), model->qr_text);
}

static void
screen_draw (UiScreen *screen, UiRect rect)
{
  SignIn *state = UI_STATE (screen, SignIn);
  const UiSignIn *model = model_of (screen);
  UiRect inside = rect.columns > 50 ? ui_rect_inset (rect, 0, 3) : rect;
  int rows = 0, columns = 0;
  if (!model->asked) {
    ui_draw_text (inside, 1, 0, UI_STYLE_DIM, _ ("Nobody is asked to sign in."));
    return;
  }
  if (rect.rows >= 23)
    ui_rect_top (inside, 1, &inside);
  ui_draw_format (inside, 0, 0, UI_STYLE_HEADING, _ ("%s signs in"), model->persona);
  ui_rect_top (inside, rect.rows >= 23 ? 2 : 1, &inside);
  gboolean coded = model->qr_text != NULL
                   && ui_qr_size (model->qr_text, ui_rect_ascii (rect), &rows, &columns)
                   && rows <= inside.rows && columns <= inside.columns;
  /* Beside the words, or below the large code at the right; else instead of them, with a key. */
  gboolean beside = coded && inside.columns >= columns + LEAST_WORDS;
  gboolean below = coded && !beside && inside.rows >= rows + ABOVE_QR
                   && inside.columns >= columns + LEAST_LOWER;
  state->crowded = coded && !beside && !below;
  int lower = inside.columns;
  if (beside) {
    draw_qr (ui_rect_right (inside, columns, &inside), model);
    ui_rect_right (inside, 3, &inside);
    lower = inside.columns;
  } else if (below) {
    draw_qr (ui_rect_right (ui_rect_bottom (inside, rows, NULL), columns, NULL), model);
    lower = inside.columns - columns - 3;
  } else if (state->crowded && state->qr) {
    draw_qr (inside, model);
    return;
  }
  draw_words (screen, inside, lower, model);
}

/* --- actions --- */

/* The page of the local provider was filled in. */
static void
answered (UiSession *session, const UiResult *result, gpointer data)
{
  UiScreen *screen = ui_app_screen (data);
  if (screen != NULL && screen->class == &ui_screen_sign_in)
    UI_STATE (screen, SignIn)->answering = FALSE;
  if (!result->ok && !result->cancelled)
    ui_show_failure (data, _ ("The sign-in was not taken"), result->problem);
  (void) session;
}

static void
approve (UiApp *app, UiForm *form, gpointer data)
{
  UiScreen *screen = ui_app_screen (app);
  (void) form;
  (void) data;
  if (screen != NULL && screen->class == &ui_screen_sign_in)
    UI_STATE (screen, SignIn)->answering = TRUE;
  ui_approve_sign_in (ui_app_session (app), answered, app);
}

static void
do_here (UiScreen *screen)
{
  const UiSignIn *model = model_of (screen);
  g_autoptr (UiRich) text = ui_rich_new ();
  UiForm *form = ui_form_new ();
  const UiFieldSpec fields[] = {
    { .id = "code", .label = _ ("Code"), .kind = UI_FIELD_TEXT, .read_only = TRUE, .value = model->code },
    { .id = "account",
      .label = _ ("Account"),
      .kind = UI_FIELD_TEXT,
      .read_only = TRUE,
      .value = model->account },
    { .id = "password",
      .label = _ ("Password"),
      .kind = UI_FIELD_TEXT,
      .read_only = TRUE,
      .value = _ ("the one in your key store") },
  };
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    ui_form_add (form, &fields[i]);
  ui_form_set_button (form, _ ("Sign in"));
  ui_form_focus (form, NULL);
  ui_rich_line (text, UI_STYLE_TEXT,
                _ ("A program asks to work in your name. Go on only if you have started it "
                   "yourself and the code is the same."));
  ui_rich_end (text);
  ui_app_ask_form (screen->app, _ ("Local identity provider"), text, form, approve, NULL, NULL);
}

static const char *
here_fits (UiScreen *screen)
{
  const UiSignIn *model = model_of (screen);
  if (!model->asked || !model->local)
    return HIDE;
  return UI_STATE (screen, SignIn)->answering ? _ ("It is being told already.") : NULL;
}

static const char *
asked_fits (UiScreen *screen)
{
  return model_of (screen)->asked ? NULL : HIDE;
}

static const char *
remote_fits (UiScreen *screen)
{
  const UiSignIn *model = model_of (screen);
  return model->asked && !model->local ? NULL : HIDE;
}

static const char *
qr_fits (UiScreen *screen)
{
  return model_of (screen)->asked && UI_STATE (screen, SignIn)->crowded ? NULL : HIDE;
}

static const char *
leave_fits (UiScreen *screen)
{
  return model_of (screen)->asked ? HIDE : NULL;
}

static void
do_code (UiScreen *screen)
{
  ui_app_copy (screen->app, _ ("the code"), model_of (screen)->code);
}

static void
do_address (UiScreen *screen)
{
  ui_app_copy (screen->app, _ ("the address"), model_of (screen)->url);
}

static void
do_qr (UiScreen *screen)
{
  SignIn *state = UI_STATE (screen, SignIn);
  state->qr = !state->qr;
  ui_app_redraw (screen->app);
}

static void
do_cancel (UiScreen *screen)
{
  const UiRunningStep *running = ui_session_running (UI_STATE (screen, SignIn)->session);
  g_autoptr (GPtrArray) jobs = ui_session_jobs (UI_STATE (screen, SignIn)->session);
  UiJob *newest = jobs->len > 0 ? g_ptr_array_index (jobs, jobs->len - 1) : NULL;
  /* The step that asks; where none runs, the sign-in is an operation of its own. */
  for (guint i = jobs->len; running->running && i > 0; i--)
    if (g_strcmp0 (ui_job_title (g_ptr_array_index (jobs, i - 1)), running->title) == 0) {
      newest = g_ptr_array_index (jobs, i - 1);
      break;
    }
  if (newest != NULL)
    ui_job_cancel (newest);
}

static void
do_leave (UiScreen *screen)
{
  ui_app_back (screen->app);
}

static const UiAction actions[] = {
  { "sign-in.here", N_ ("sign in here"),
    N_ ("Opens the page of the local identity provider in this terminal."), "Enter", UI_ACTION_MAIN,
    here_fits, do_here },
  { "sign-in.copy", N_ ("copy the code"), N_ ("Copies the code to the clipboard of the terminal."), "Enter y",
    UI_ACTION_MAIN, remote_fits, do_code },
  { "sign-in.leave", N_ ("back"), N_ ("Goes back to where you were."), "Enter", UI_ACTION_MAIN, leave_fits,
    do_leave },
  { "sign-in.cancel", N_ ("cancel"), N_ ("Gives up the sign-in and the step that asked for it."), "x",
    UI_ACTION_PLAIN, asked_fits, do_cancel },
  { "sign-in.code", N_ ("copy code"), N_ ("Copies the code to the clipboard of the terminal."), "y",
    UI_ACTION_PLAIN, here_fits, do_code },
  { "sign-in.address", N_ ("copy address"), N_ ("Copies the address to the clipboard of the terminal."), "u",
    UI_ACTION_PLAIN, asked_fits, do_address },
  { "sign-in.qr", N_ ("QR code"), N_ ("Shows the QR code of the address, or the code again."), "v",
    UI_ACTION_PLAIN, qr_fits, do_qr },
  UI_ACTIONS_END,
};

/* --- the class --- */

static void
screen_open (UiScreen *screen, const char *object)
{
  (void) object;
  UI_STATE (screen, SignIn)->session = ui_app_session (screen->app);
}

static void
screen_close (UiScreen *screen)
{
  const UiSignIn *model = model_of (screen);
  if (model->asked)
    ui_app_toast (screen->app, UI_STATE_WAITING, "%s",
                  _ ("The sign-in still waits; s on the journey shows it."));
}

/* It is over, one way or the other: back to where the person was. */
static void
screen_update (UiScreen *screen, guint changed)
{
  (void) changed;
  if (!model_of (screen)->asked && ui_app_screen (screen->app) == screen)
    ui_app_back (screen->app);
}

static gboolean
screen_event (UiScreen *screen, const UiEvent *event)
{
  (void) screen;
  (void) event;
  return FALSE;
}

static char *
screen_subject (UiScreen *screen)
{
  return g_strdup (model_of (screen)->persona);
}

static char *
screen_copy (UiScreen *screen)
{
  return g_strdup (model_of (screen)->code);
}

const UiScreenClass ui_screen_sign_in = {
  .id = "sign-in",
  .title = N_ ("Sign-in"),
  .explanation = N_ (
      "Your identity provider wants to know that it is you: open the page on any device, type the code "
      "and sign in there. Nothing is typed into this terminal. The step goes on by itself."),
  .watches = UI_MODEL_BIT (UI_MODEL_SIGN_IN),
  .state_size = sizeof (SignIn),
  .open = screen_open,
  .close = screen_close,
  .update = screen_update,
  .draw = screen_draw,
  .event = screen_event,
  .actions = actions,
  .subject = screen_subject,
  .copy = screen_copy,
};
