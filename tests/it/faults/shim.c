/* Makes the n-th write, sync or change of length of some files fail, for a program that is started with LD_PRELOAD.
 *
 * FAULTS_CONTROL names a file of six 64-bit numbers that the test writes and this library maps:
 *   0  how many calls were counted since the test set this to 0
 *   1  the number of the first call that fails, from 1; 0: none
 *   2  how many calls fail from there on
 *   3  the errno of those
 *   4  which calls are counted: 1 write, 2 sync, 4 length
 *   5  set by this library once it has mapped the file
 * FAULTS_PATH is a part of the path of the files that are meant.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, LENGTH = 4 };

static volatile int64_t *control;
static const char *part;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS_CONTROL");
    part = getenv("FAULTS_PATH");
    if (!path || !part) return;
    int file = open(path, O_RDWR);
    if (file < 0) return;
    void *mapped = mmap(NULL, 6 * sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped == MAP_FAILED) return;
    control = mapped;
    control[5] = 1;
}

static int is_meant(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, part) != NULL;
}

/* Whether this call fails; errno is set then. */
static int fails(int file, int kind) {
    if (!control || !(control[4] & kind) || !is_meant(file)) return 0;
    int64_t number = __atomic_add_fetch(&control[0], 1, __ATOMIC_SEQ_CST);
    int64_t first = control[1];
    if (first == 0 || number < first || number >= first + control[2]) return 0;
    errno = (int)control[3];
    return 1;
}

#define NEXT(name, ...)                                     \
    static int (*next)();                                   \
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, #name);   \
    return ((__typeof__(&name))next)(__VA_ARGS__)

ssize_t write(int file, const void *bytes, size_t length) {
    if (fails(file, WRITE)) return -1;
    NEXT(write, file, bytes, length);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) {
    if (fails(file, WRITE)) return -1;
    NEXT(pwrite, file, bytes, length, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at) {
    if (fails(file, WRITE)) return -1;
    NEXT(pwrite64, file, bytes, length, at);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at) {
    if (fails(file, WRITE)) return -1;
    NEXT(pwritev, file, parts, count, at);
}

int fsync(int file) {
    if (fails(file, SYNC)) return -1;
    NEXT(fsync, file);
}

int fdatasync(int file) {
    if (fails(file, SYNC)) return -1;
    NEXT(fdatasync, file);
}

int ftruncate(int file, off_t length) {
    if (fails(file, LENGTH)) return -1;
    NEXT(ftruncate, file, length);
}

int ftruncate64(int file, off64_t length) {
    if (fails(file, LENGTH)) return -1;
    NEXT(ftruncate64, file, length);
}

/* These two answer the number of the error. */
int posix_fallocate(int file, off_t at, off_t length) {
    if (fails(file, LENGTH)) return errno;
    NEXT(posix_fallocate, file, at, length);
}

int posix_fallocate64(int file, off64_t at, off64_t length) {
    if (fails(file, LENGTH)) return errno;
    NEXT(posix_fallocate64, file, at, length);
}
