/* Loaded before the C library: below one folder, one kind of system call fails, with an error of the disk.

   Who writes sees what the kernel would say; files and folders are real. fault_arm chooses, fault_disarm ends.
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { NONE, OPEN, WRITE, FSYNC, RENAME, MKDIR };

static char root[PATH_MAX];
static volatile int armed, number, passes, most, hits;

void fault_arm(const char *folder, int call, int error, int after, int times)
{
    snprintf(root, sizeof root, "%s", folder);
    number = error;
    passes = after;
    most = times;
    hits = 0;
    armed = call;
}

int fault_disarm(void)
{
    armed = NONE;
    return hits;
}

static int fails(enum call call, const char *path)
{
    size_t length = strlen(root);
    if (armed != (int)call || path == NULL || strncmp(path, root, length) != 0)
        return 0;
    if (path[length] != '\0' && path[length] != '/')
        return 0;
    if (passes > 0) {
        passes--;
        return 0;
    }
    if (most > 0 && hits >= most)
        return 0;
    hits++;
    errno = number;
    return 1;
}

static int fails_at(enum call call, int file)
{
    char link[64], path[PATH_MAX];
    if (armed != (int)call)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0)
        return 0;
    path[size] = '\0';
    return fails(call, path);
}

static int writes(int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define OPENS(name)                                                  \
    int name(const char *path, int flags, ...)                       \
    {                                                                \
        va_list rest;                                                \
        va_start(rest, flags);                                       \
        mode_t mode = va_arg(rest, mode_t);                          \
        va_end(rest);                                                \
        return writes(flags) && fails(OPEN, path) ? -1 : NEXT(name)(path, flags, mode); \
    }
#define OPENS_AT(name)                                               \
    int name(int at, const char *path, int flags, ...)               \
    {                                                                \
        va_list rest;                                                \
        va_start(rest, flags);                                       \
        mode_t mode = va_arg(rest, mode_t);                          \
        va_end(rest);                                                \
        return writes(flags) && fails(OPEN, path) ? -1 : NEXT(name)(at, path, flags, mode); \
    }

OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)

ssize_t write(int file, const void *data, size_t size)
{
    return fails_at(WRITE, file) ? -1 : NEXT(write)(file, data, size);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at)
{
    return fails_at(WRITE, file) ? -1 : NEXT(pwrite64)(file, data, size, at);
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    return fails_at(WRITE, file) ? -1 : NEXT(writev)(file, parts, count);
}

int fsync(int file)
{
    return fails_at(FSYNC, file) ? -1 : NEXT(fsync)(file);
}

int fdatasync(int file)
{
    return fails_at(FSYNC, file) ? -1 : NEXT(fdatasync)(file);
}

int rename(const char *old, const char *new)
{
    return fails(RENAME, new) ? -1 : NEXT(rename)(old, new);
}

int renameat(int from, const char *old, int to, const char *new)
{
    return fails(RENAME, new) ? -1 : NEXT(renameat)(from, old, to, new);
}

int mkdir(const char *path, mode_t mode)
{
    return fails(MKDIR, path) ? -1 : NEXT(mkdir)(path, mode);
}

int mkdirat(int at, const char *path, mode_t mode)
{
    return fails(MKDIR, path) ? -1 : NEXT(mkdirat)(at, path, mode);
}
