// One function, VisitState(StateVisitor&), written once per object, serves size, save, load and
// named inspection of everything that decides the future: all of the state is state.
#ifndef FLYBALL_PHYSICS_NUMERIC_STATE_VISITOR_H_
#define FLYBALL_PHYSICS_NUMERIC_STATE_VISITOR_H_

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace flyball {

class StateVisitor {
 public:
  virtual ~StateVisitor() = default;

  // True while values are written into the object (after the visit it must be ready to step).
  virtual bool loading() const = 0;

  // Raw bytes under a name. `name` has static lifetime.
  virtual void Bytes(std::string_view name, void* data, size_t size) = 0;

  template <class T>
  requires std::is_trivially_copyable_v<T>
  void operator()(std::string_view name, T& value) { Bytes(name, &value, sizeof(T)); }
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void operator()(std::string_view name, std::span<T> values) {
    Bytes(name, values.data(), values.size_bytes());
  }
  // A vector whose length is part of the state (a contact cache, a queue).
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void operator()(std::string_view name, std::vector<T>& values) {
    size_t size = values.size();
    Bytes(name, &size, sizeof(size));
    if (loading()) values.resize(CheckedSize(size, sizeof(T)));
    Bytes(name, values.data(), values.size() * sizeof(T));
  }

 protected:
  // While loading: throws DataError if `count` elements cannot be left in the snapshot.
  virtual size_t CheckedSize(size_t count, size_t element_size) const = 0;
};

// Writes everything visited to a byte vector.
class StateSaver final : public StateVisitor {
 public:
  explicit StateSaver(std::vector<std::byte>& out) : out_(out) {}
  bool loading() const override { return false; }
  void Bytes(std::string_view, void* data, size_t size) override;

 protected:
  size_t CheckedSize(size_t count, size_t) const override { return count; }

 private:
  std::vector<std::byte>& out_;
};

// Reads everything visited from bytes that a StateSaver wrote; throws DataError if they run out.
class StateLoader final : public StateVisitor {
 public:
  explicit StateLoader(std::span<const std::byte> in) : in_(in) {}
  bool loading() const override { return true; }
  void Bytes(std::string_view name, void* data, size_t size) override;
  size_t remaining() const { return in_.size(); }

 protected:
  size_t CheckedSize(size_t count, size_t element_size) const override;

 private:
  std::span<const std::byte> in_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_STATE_VISITOR_H_
