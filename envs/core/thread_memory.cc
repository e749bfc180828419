#include "envs/core/thread_memory.h"

#include <new>

namespace flyball {
namespace {

constexpr std::align_val_t kAlignment{128};

struct Area {
  std::byte* data = nullptr;
  size_t size = 0;
  ~Area() { ::operator delete(data, kAlignment); }
};

}  // namespace

std::byte* ThreadMemory(MemoryUse use, size_t size) {
  thread_local Area areas[static_cast<int>(MemoryUse::kCount)];
  Area& area = areas[static_cast<int>(use)];
  if (size > area.size) {
    ::operator delete(area.data, kAlignment);
    area.data = nullptr;
    area.data = static_cast<std::byte*>(::operator new(size, kAlignment));
    area.size = size;
  }
  return area.data;
}

}  // namespace flyball
