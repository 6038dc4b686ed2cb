/* SPDX-License-Identifier: MIT
 * Memory that work leaves behind goes back to the system (session-private.h).
 *
 * Job threads come and go. With the C library's usual settings each gets a heap of its own that keeps what it
 * has once used, and libraries that a first request brings in stay as large as their start made them. Here
 * all threads share one heap, and after a piece of work what is free and what is read from files only is
 * given back.
 */
#include "ui/model/session-private.h"

#include "base/db.h"
#include "http/http.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE (128 * 1024) /* bytes: pieces from here on come from the system and go back at once */

void
ui_memory_one_heap (void)
{
  cr_db_take_little_memory ();
#ifdef __GLIBC__
  mallopt (M_ARENA_MAX, 1);
  /* Said once, it stays so: otherwise buffers of uploads would be cut from the heap after the first one. */
  mallopt (M_MMAP_THRESHOLD, LARGE);
  mallopt (M_TRIM_THRESHOLD, LARGE);
#endif
}

#ifdef __GLIBC__
static gboolean
may_change (const struct dl_phdr_info *library)
{
  for (guint i = 0; i < library->dlpi_phnum; i++) {
    if (library->dlpi_phdr[i].p_type != PT_DYNAMIC)
      continue;
    const ElfW (Dyn) *entry = (const void *) (library->dlpi_addr + library->dlpi_phdr[i].p_vaddr);
    for (; entry->d_tag != DT_NULL; entry++)
      if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)))
        return TRUE;
  }
  return FALSE;
}

/* Pages of segments that nobody can write are those of the file: the next use maps them again. */
static int
release_file_pages (struct dl_phdr_info *library, size_t size, void *data)
{
  (void) size;
  const guintptr page = *(const guintptr *) data;
  if (library->dlpi_name == NULL || *library->dlpi_name != '/' || may_change (library))
    return 0; /* the program itself and the kernel's part stay */
  for (guint i = 0; i < library->dlpi_phnum; i++) {
    const ElfW (Phdr) *part = &library->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || (part->p_flags & PF_W) != 0)
      continue;
    guintptr from = (library->dlpi_addr + part->p_vaddr + page - 1) & ~(page - 1);
    guintptr to = (library->dlpi_addr + part->p_vaddr + part->p_memsz) & ~(page - 1);
    if (from < to)
      madvise ((void *) from, to - from, MADV_DONTNEED);
  }
  return 0;
}
#endif

void
ui_memory_give_back (void)
{
#ifdef __GLIBC__
  guintptr page = (guintptr) sysconf (_SC_PAGESIZE);
  malloc_trim (0);
  dl_iterate_phdr (release_file_pages, &page);
#endif
}

void
ui_memory_before_network (void)
{
  ui_memory_give_back ();
  http_load ();
  ui_memory_give_back ();
}
