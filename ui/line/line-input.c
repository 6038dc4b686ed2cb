/* SPDX-License-Identifier: MIT
 * Whole lines from standard input, a terminal or a pipe, in the main loop. What is read is wiped when it is
 * used: it may be a secret.
 */
#include "ui/line/line-private.h"

#include "base/secret.h"

#include <glib-unix.h>

#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX_BYTES 65536u
#define AHEAD_MAX 262144u /* no more is read before it is used */

struct LineInput {
  void (*come) (Line *line);
  Line *line;
  GByteArray *bytes; /* read and not taken */
  guint source;
  gboolean ended, skipping, too_long;
  gboolean terminal, hidden;
  struct termios normal;
};

static void watch (LineInput *input);

/* A line that is too long is thrown away up to its end. */
static void
add_bytes (LineInput *input, const guint8 *data, gsize length)
{
  const guint8 *end = input->skipping ? memchr (data, '\n', length) : NULL;
  if (input->skipping && end == NULL)
    return;
  if (input->skipping) {
    length -= (gsize) (end - data) + 1;
    data = end + 1;
    input->skipping = FALSE;
    input->too_long = TRUE;
  }
  g_byte_array_append (input->bytes, data, (guint) length);
  if (input->bytes->len > LINE_MAX_BYTES && memchr (input->bytes->data, '\n', input->bytes->len) == NULL) {
    cr_wipe (input->bytes->data, input->bytes->len);
    g_byte_array_set_size (input->bytes, 0);
    input->skipping = TRUE;
  }
}

static gboolean
readable (int fd, GIOCondition condition, gpointer data)
{
  LineInput *input = data;
  guint8 buffer[4096];
  (void) condition;
  ssize_t length = read (fd, buffer, sizeof buffer);
  if (length < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  if (length <= 0)
    input->ended = TRUE;
  else
    add_bytes (input, buffer, (gsize) length);
  cr_wipe (buffer, sizeof buffer);
  gboolean enough = input->ended || input->bytes->len > AHEAD_MAX;
  if (enough)
    input->source = 0;
  input->come (input->line);
  return enough ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
watch (LineInput *input)
{
  if (input->source == 0 && !input->ended && input->bytes->len <= AHEAD_MAX)
    input->source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, input);
}

LineInput *
line_input_new (void (*come) (Line *line), Line *line)
{
  LineInput *input = g_new0 (LineInput, 1);
  input->come = come;
  input->line = line;
  input->bytes = g_byte_array_sized_new (AHEAD_MAX + 8192); /* never moved: copies would not be wiped */
  input->terminal = isatty (STDIN_FILENO) && tcgetattr (STDIN_FILENO, &input->normal) == 0;
  watch (input);
  return input;
}

void
line_input_free (LineInput *input)
{
  if (input == NULL)
    return;
  line_input_hide (input, FALSE);
  g_clear_handle_id (&input->source, g_source_remove);
  cr_wipe (input->bytes->data, input->bytes->len);
  g_byte_array_unref (input->bytes);
  g_free (input);
}

gboolean
line_input_is_terminal (const LineInput *input)
{
  return input->terminal;
}

void
line_input_hide (LineInput *input, gboolean hidden)
{
  if (!input->terminal || input->hidden == hidden)
    return;
  struct termios wanted = input->normal;
  if (hidden)
    wanted.c_lflag &= ~(tcflag_t) ECHO;
  if (tcsetattr (STDIN_FILENO, TCSADRAIN, &wanted) == 0)
    input->hidden = hidden;
}

LineGot
line_input_take (LineInput *input, char **text)
{
  GByteArray *bytes = input->bytes;
  const guint8 *end = bytes->len > 0 ? memchr (bytes->data, '\n', bytes->len) : NULL;
  gsize length = end != NULL ? (gsize) (end - bytes->data) : bytes->len;
  *text = NULL;
  if (input->too_long || (end != NULL && length > LINE_MAX_BYTES)) {
    if (!input->too_long)
      g_byte_array_remove_range (bytes, 0, (guint) length + 1);
    input->too_long = FALSE;
    return LINE_TOO_LONG;
  }
  if (end == NULL && !(input->ended && length > 0))
    return input->ended ? LINE_END : LINE_NOTHING;
  *text = cr_secret_text_new ((const char *) bytes->data, (gssize) length);
  if (g_str_has_suffix (*text, "\r"))
    (*text)[strlen (*text) - 1] = '\0';
  cr_wipe (bytes->data, length);
  g_byte_array_remove_range (bytes, 0, (guint) (end != NULL ? length + 1 : length));
  watch (input);
  return LINE_LINE;
}
