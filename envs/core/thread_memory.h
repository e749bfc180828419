// Working memory of the calling thread, for steps that must not allocate: it grows to the largest
// size asked for and then stays.
#ifndef FLYBALL_ENVS_CORE_THREAD_MEMORY_H_
#define FLYBALL_ENVS_CORE_THREAD_MEMORY_H_

#include <cstddef>

namespace flyball {

// One area for each purpose that may be in use at once; its contents last until asked for again.
enum class MemoryUse { kLanes, kIos, kState, kRow, kCount };

// At least `size` bytes, 128-byte aligned.
std::byte* ThreadMemory(MemoryUse use, size_t size);

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_THREAD_MEMORY_H_
