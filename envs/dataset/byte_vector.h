// ByteVector: bytes that are about to be written, and so are not set to zero first.
#ifndef FLYBALL_ENVS_DATASET_BYTE_VECTOR_H_
#define FLYBALL_ENVS_DATASET_BYTE_VECTOR_H_

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace flyball::dataset {

// std::allocator, but for elements that are made of nothing: those are left as memory has them.
template <class T>
struct UnsetAllocator : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = UnsetAllocator<U>;
  };
  template <class U>
  void construct(U* place) {
    ::new (static_cast<void*>(place)) U;
  }
  template <class U, class... Arguments>
  void construct(U* place, Arguments&&... arguments) {
    ::new (static_cast<void*>(place)) U(std::forward<Arguments>(arguments)...);
  }
};

// `resize` appends bytes of unknown value.
using ByteVector = std::vector<std::byte, UnsetAllocator<std::byte>>;

// (`insert` goes byte by byte where the allocator is not std's.)
inline void Append(ByteVector& out, std::span<const std::byte> bytes) {
  const size_t at = out.size();
  out.resize(at + bytes.size());
  if (!bytes.empty()) std::memcpy(out.data() + at, bytes.data(), bytes.size());
}

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_BYTE_VECTOR_H_
