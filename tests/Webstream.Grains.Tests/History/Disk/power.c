/*
 * Preloaded into a process that writes a history. It counts writes to files of a folder, and at one of them ends the process:
 * as a kill does (what was written stays), or as a power cut does (what was written after the last sync of its file is gone,
 * or a part of it). It can also let one sync fail.
 *
 * POWER_DIR   the folder; files that end in -shm are not looked at
 * POWER_AFTER the write at which the process ends; 0: never
 * POWER_LOSS  none | all | some
 * POWER_SEED  which part is lost
 * POWER_FAIL  the sync of a file ending in -wal that fails with EIO; 0: none
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct undo { struct undo *next; dev_t dev; ino_t ino; int fd; off_t at, size; size_t length; char *old; };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct undo *newest;
static long writes, syncs;

static long number(const char *name) { const char *text = getenv(name); return text ? atol(text) : 0; }

static int watched(int fd, const char **ending) {
  static __thread char path[4096];
  char link[64];
  const char *dir = getenv("POWER_DIR");
  if (!dir) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n < 4) return 0;
  path[n] = 0;
  *ending = path + n - 4;
  return !strncmp(path, dir, strlen(dir)) && strcmp(*ending, "-shm");
}

static ssize_t put(int fd, const void *bytes, size_t length, off_t at) {
  static ssize_t (*real)(int, const void *, size_t, off64_t);
  if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
  return real(fd, bytes, length, at);
}

static int cut(int fd, off_t size) {
  static int (*real)(int, off64_t);
  if (!real) real = dlsym(RTLD_NEXT, "ftruncate64");
  return real(fd, size);
}

static void end(void) {
  const char *loss = getenv("POWER_LOSS");
  srand((unsigned)number("POWER_SEED"));
  for (struct undo *u = newest; u && loss && strcmp(loss, "none"); u = u->next) {
    int all = !strcmp(loss, "all");
    if (!all && rand() % 2) continue;
    put(u->fd, u->old, u->length, u->at);
    if (all) cut(u->fd, u->size);
  }
  _exit(77);
}

static void before(int fd, off_t at, size_t length) {
  struct stat now;
  fstat(fd, &now);
  struct undo *u = calloc(1, sizeof *u);
  u->dev = now.st_dev; u->ino = now.st_ino; u->at = at; u->size = now.st_size; u->length = length;
  u->fd = -1;
  for (struct undo *o = newest; o && u->fd < 0; o = o->next) if (o->dev == u->dev && o->ino == u->ino) u->fd = o->fd;
  if (u->fd < 0) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    /* Never closed: closing it would drop the locks of SQLite. */
    u->fd = open(link, O_RDWR);
  }
  u->old = calloc(1, length ? length : 1);
  if (pread(u->fd, u->old, length, at) < 0) memset(u->old, 0, length);
  u->next = newest;
  newest = u;
}

static int begin(int fd, off_t at, size_t length) {
  const char *ending;
  if (!watched(fd, &ending)) return 0;
  pthread_mutex_lock(&gate);
  if (++writes == number("POWER_AFTER")) end();
  before(fd, at, length);
  return 1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  int held = begin(fd, at, length);
  ssize_t done = put(fd, bytes, length, at);
  if (held) pthread_mutex_unlock(&gate);
  return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite64(fd, bytes, length, at); }

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
  ssize_t total = 0;
  for (int i = 0; i < count; i++) {
    ssize_t done = pwrite64(fd, parts[i].iov_base, parts[i].iov_len, at + total);
    if (done < 0) return total ? total : done;
    total += done;
  }
  return total;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { return pwritev64(fd, parts, count, at); }

ssize_t write(int fd, const void *bytes, size_t length) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = dlsym(RTLD_NEXT, "write");
  int held = begin(fd, lseek(fd, 0, SEEK_CUR), length);
  ssize_t done = real(fd, bytes, length);
  if (held) pthread_mutex_unlock(&gate);
  return done;
}

int ftruncate64(int fd, off64_t size) {
  struct stat now;
  fstat(fd, &now);
  int held = begin(fd, size, now.st_size > size ? now.st_size - size : 0);
  int done = cut(fd, size);
  if (held) pthread_mutex_unlock(&gate);
  return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int synced(int fd, const char *name) {
  int (*real)(int) = dlsym(RTLD_NEXT, name);
  const char *ending;
  if (!watched(fd, &ending)) return real(fd);
  pthread_mutex_lock(&gate);
  int result = 0;
  if (!strcmp(ending, "-wal") && ++syncs == number("POWER_FAIL")) {
    errno = EIO;
    result = -1;
  } else if ((result = real(fd)) == 0) {
    struct stat now;
    fstat(fd, &now);
    for (struct undo **at = &newest; *at;) {
      struct undo *u = *at;
      if (u->dev == now.st_dev && u->ino == now.st_ino) { *at = u->next; free(u->old); free(u); } else at = &u->next;
    }
  }
  pthread_mutex_unlock(&gate);
  return result;
}

int fsync(int fd) { return synced(fd, "fsync"); }

int fdatasync(int fd) { return synced(fd, "fdatasync"); }
