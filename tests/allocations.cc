#include "tests/allocations.h"

#include <cerrno>
#include <cstddef>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FLYBALL_COUNT_ALLOCATIONS 1
#else
#define FLYBALL_COUNT_ALLOCATIONS 0
#endif

namespace {
thread_local long count = 0;
}

#if FLYBALL_COUNT_ALLOCATIONS
// The executable's definitions come before the C library's for every library in the process; they
// hand on to the C library's own entry points, so that its free() serves.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

void* malloc(size_t size) {
  ++count;
  return __libc_malloc(size);
}
void* calloc(size_t number, size_t size) {
  ++count;
  return __libc_calloc(number, size);
}
void* realloc(void* old, size_t size) {
  ++count;
  return __libc_realloc(old, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  ++count;
  return __libc_memalign(alignment, size);
}
void* memalign(size_t alignment, size_t size) {
  ++count;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** place, size_t alignment, size_t size) {
  ++count;
  *place = __libc_memalign(alignment, size);
  return *place ? 0 : ENOMEM;
}
}
#endif

namespace flyball::test {

bool CountsAllocations() { return FLYBALL_COUNT_ALLOCATIONS; }
long Allocations() { return count; }

}  // namespace flyball::test
