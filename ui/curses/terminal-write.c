/* SPDX-License-Identifier: MIT
 * A picture reaches the terminal in one piece (terminal.h).
 *
 * ncurses writes whenever it has moved the cursor: dozens of small writes for one picture, and as many packets through
 * ssh. While a picture is painted its descriptor leads into memory; what collected there is made shorter and written
 * at once. All other uses of the descriptor (modes, sizes) reach the terminal itself.
 */
#include "ui/curses/terminal-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct UiWriter {
  FILE *stream; /* what ncurses writes to: a duplicate of stdout */
  int memory; /* where that leads while a picture is painted; -1 = nowhere, everything is written directly */
  GString *got;
  GString *sent; /* one picture, ready to be written */
};

UiWriter *
ui_writer_new (void)
{
  int fd = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
  FILE *stream = fd >= 0 ? fdopen (fd, "w") : NULL;
  if (stream == NULL) {
    if (fd >= 0)
      close (fd);
    return NULL;
  }
  UiWriter *writer = g_new0 (UiWriter, 1);
  writer->stream = stream;
  writer->memory = memfd_create ("picture", MFD_CLOEXEC);
  writer->got = g_string_new (NULL);
  writer->sent = g_string_new (NULL);
  return writer;
}

void
ui_writer_free (UiWriter *writer)
{
  if (writer == NULL)
    return;
  fclose (writer->stream);
  if (writer->memory >= 0)
    close (writer->memory);
  g_string_free (writer->got, TRUE);
  g_string_free (writer->sent, TRUE);
  g_free (writer);
}

FILE *
ui_writer_stream (UiWriter *writer)
{
  return writer->stream;
}

void
ui_write_all (int fd, const char *bytes, gsize length)
{
  while (length > 0) {
    ssize_t written = write (fd, bytes, length);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return;
    bytes += written;
    length -= (gsize) written;
  }
}

void
ui_writer_begin (UiWriter *writer)
{
  if (writer->memory >= 0 && dup3 (writer->memory, fileno (writer->stream), O_CLOEXEC) < 0) {
    close (writer->memory);
    writer->memory = -1;
  }
}

/* --- shorter: what says how characters look is sent only when a character follows that needs it --- */

typedef struct {
  GString *out;
  GString *now;   /* parameters in force since the last reset */
  gboolean known; /* what is in force */
  GString *next;  /* parameters asked for since NOW was sent */
  gboolean reset; /* they begin with a reset */
  gboolean pending;
} Pen;

/* Does it only switch colours back, which a reset has done already. */
static gboolean
is_default_colour (const char *parameters, gsize length)
{
  return (length == 2 && (memcmp (parameters, "39", 2) == 0 || memcmp (parameters, "49", 2) == 0))
         || (length == 5 && memcmp (parameters, "39;49", 5) == 0);
}

static void
add (GString *list, const char *parameters, gsize length)
{
  if (list->len > 0)
    g_string_append_c (list, ';');
  g_string_append_len (list, parameters, (gssize) length);
}

/* One "ESC [ parameters m". */
static void
take_look (Pen *pen, const char *parameters, gsize length)
{
  gboolean zero = length > 0 && *parameters == '0' && (length == 1 || parameters[1] == ';');
  pen->pending = TRUE;
  if (length == 0 || zero) {
    gsize skipped = MIN (length, 2);
    pen->reset = TRUE;
    g_string_truncate (pen->next, 0);
    parameters += skipped;
    length -= skipped;
  }
  if (length > 0 && !(pen->reset && pen->next->len == 0 && is_default_colour (parameters, length)))
    add (pen->next, parameters, length);
}

static void
put_down (Pen *pen)
{
  if (!pen->pending)
    return;
  gboolean same = pen->reset && pen->known && g_string_equal (pen->now, pen->next);
  if (!same)
    g_string_append_printf (pen->out, "\033[%s%sm", pen->reset && pen->next->len > 0 ? "0;" : "",
                            pen->next->str);
  if (pen->reset) {
    g_string_assign (pen->now, pen->next->str);
    pen->known = TRUE;
  } else {
    add (pen->now, pen->next->str, pen->next->len);
  }
  g_string_truncate (pen->next, 0);
  pen->reset = pen->pending = FALSE;
}

/* Length of the sequence "ESC [ ... final" at TEXT, 0 = it is something else or cut off. */
static gsize
sequence_length (const char *text, gsize length)
{
  if (length < 3 || text[0] != '\033' || text[1] != '[')
    return 0;
  for (gsize i = 2; i < length; i++)
    if (text[i] >= 0x40 && text[i] <= 0x7E)
      return i + 1;
  return 0;
}

/* Sequences that move the cursor do not depend on how characters look. */
static gboolean
only_moves (char final)
{
  return final != '\0' && strchr ("HGdABCD", final) != NULL;
}

void
ui_writer_shorten (const char *text, gsize length, GString *out)
{
  g_autoptr (GString) now = g_string_new (NULL), next = g_string_new (NULL);
  Pen pen = { .out = out, .now = now, .next = next };
  for (gsize i = 0; i < length;) {
    gsize sequence = sequence_length (text + i, length - i);
    char final = sequence > 0 ? text[i + sequence - 1] : '\0';
    if (final == 'm') {
      take_look (&pen, text + i + 2, sequence - 3);
    } else if (length - i >= 3 && memcmp (text + i, "\033(B", 3) == 0) {
      sequence = 3; /* letters are letters: nothing here ever switches to another set */
    } else {
      if (!only_moves (final) && text[i] != '\r')
        put_down (&pen);
      sequence = MAX (sequence, 1);
      g_string_append_len (out, text + i, (gssize) sequence);
    }
    i += sequence;
  }
  put_down (&pen);
}

/* --- the end of a picture --- */

void
ui_writer_end (UiWriter *writer, gboolean shorter, const char *before, const char *after)
{
  if (writer->memory < 0)
    return;
  dup3 (STDOUT_FILENO, fileno (writer->stream), O_CLOEXEC); /* programs that are started do not get it */
  off_t size = lseek (writer->memory, 0, SEEK_CUR);
  if (size <= 0)
    return;
  g_string_set_size (writer->got, (gsize) size);
  gssize length = pread (writer->memory, writer->got->str, (gsize) size, 0);
  if (lseek (writer->memory, 0, SEEK_SET) < 0 || length <= 0)
    return;
  g_string_assign (writer->sent, before);
  if (shorter)
    ui_writer_shorten (writer->got->str, (gsize) length, writer->sent);
  else
    g_string_append_len (writer->sent, writer->got->str, length);
  g_string_append (writer->sent, after);
  ui_write_all (STDOUT_FILENO, writer->sent->str, writer->sent->len);
}
