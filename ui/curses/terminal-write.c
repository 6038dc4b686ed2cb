/* SPDX-License-Identifier: MIT
 * A picture reaches the terminal in one piece (terminal.h).
 *
 * ncurses writes whenever it has moved the cursor: dozens of small writes for one picture, and as many
 * packets through ssh. While a picture is painted its descriptor leads into memory; what collected there is
 * made shorter and written at once. All other uses of the descriptor (modes, sizes) reach the terminal
 * itself.
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
