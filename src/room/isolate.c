/* SPDX-License-Identifier: MIT
 * Isolation of the query process with what the kernel offers to everybody: every layer is best effort, since
 * the process has no code that uses the network anyway.
 */
#include "room/isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_FILE_BYTES (16ull * 1024 * 1024 * 1024)
#define MAX_MEMORY_BYTES (16ull * 1024 * 1024 * 1024)
#define MAX_OPEN_FILES 1024

#if defined __x86_64__
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define THIS_ARCH AUDIT_ARCH_AARCH64
#endif

static void
limit (__rlimit_resource_t resource, rlim_t value)
{
  const struct rlimit pair = { value, value };

  setrlimit (resource, &pair);
}

#ifndef __SANITIZE_ADDRESS__
/* No sockets and no other program, ever. */
static void
filter_calls (void)
{
#ifdef THIS_ARCH
  static const guint32 calls[] = { __NR_socket, __NR_connect, __NR_execve, __NR_execveat, __NR_ptrace };
  struct sock_filter filter[2 * G_N_ELEMENTS (calls) + 5];
  struct sock_fprog program = { .filter = filter };
  gushort n = 0;

  filter[n++] = (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS,
                                               offsetof (struct seccomp_data, arch));
  filter[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0);
  filter[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  filter[n++] = (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr));
  for (gsize i = 0; i < G_N_ELEMENTS (calls); i++) {
    filter[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
    filter[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES);
  }
  filter[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  program.len = n;
  prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
#endif
}
#endif

void
room_isolate_process (guint seconds)
{
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  alarm (seconds);
  limit (RLIMIT_FSIZE, MAX_FILE_BYTES);
  limit (RLIMIT_NOFILE, MAX_OPEN_FILES);
#ifndef __SANITIZE_ADDRESS__ /* the sanitizer maps terabytes and looks for leaks with ptrace */
  limit (RLIMIT_DATA, MAX_MEMORY_BYTES);
  if (unshare (CLONE_NEWNET) != 0 && unshare (CLONE_NEWUSER | CLONE_NEWNET) != 0)
    errno = 0; /* not permitted here: the filter below has no sockets either */
  filter_calls ();
#endif
}

#ifndef __SANITIZE_ADDRESS__
static void
allow (int rules, const char *folder, guint64 access)
{
  struct landlock_path_beneath_attr rule = { .allowed_access = access };

  rule.parent_fd = open (folder, O_PATH | O_CLOEXEC | O_DIRECTORY);
  if (rule.parent_fd < 0)
    return;
  syscall (__NR_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close (rule.parent_fd);
}
#endif

void
room_isolate_files (const char *read_folder, const char *const *write_folders)
{
#ifdef __SANITIZE_ADDRESS__
  (void) read_folder;
  (void) write_folders;
#else
  const guint64 reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  const guint64 writing = reading | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR
                          | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR
                          | LANDLOCK_ACCESS_FS_MAKE_REG;
  const guint64 everything = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  const struct landlock_ruleset_attr attributes = { .handled_access_fs = everything };
  int rules = (int) syscall (__NR_landlock_create_ruleset, &attributes, sizeof attributes, 0);

  if (rules < 0)
    return; /* an older kernel */
  allow (rules, read_folder, reading);
  /* the engine asks how much memory and how many processors there are */
  allow (rules, "/proc/self", reading);
  allow (rules, "/sys/fs/cgroup", reading);
  for (; *write_folders != NULL; write_folders++)
    allow (rules, *write_folders, writing);
  syscall (__NR_landlock_restrict_self, rules, 0);
  close (rules);
#endif
}
