#include "physics/numeric/state_visitor.h"

#include <cstring>
#include <string>

#include "physics/numeric/error.h"

namespace flyball {

void StateSaver::Bytes(std::string_view, void* data, size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  out_.insert(out_.end(), bytes, bytes + size);
}

void StateLoader::Bytes(std::string_view name, void* data, size_t size) {
  if (size > in_.size()) {
    throw DataError("snapshot ends inside '" + std::string(name) + "': " + std::to_string(size) +
                    " bytes wanted, " + std::to_string(in_.size()) + " left");
  }
  if (size) std::memcpy(data, in_.data(), size);
  in_ = in_.subspan(size);
}

size_t StateLoader::CheckedSize(size_t count, size_t element_size) const {
  if (count > in_.size() / element_size) {
    throw DataError("snapshot is damaged: it claims " + std::to_string(count) + " elements of " +
                    std::to_string(element_size) + " bytes, " + std::to_string(in_.size()) +
                    " bytes are left");
  }
  return count;
}

}  // namespace flyball
