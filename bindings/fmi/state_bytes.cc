#include "bindings/fmi/state_bytes.h"

#include <cstdint>
#include <cstring>

#include "physics/numeric/error.h"

namespace flyball::fmi {
namespace {

struct Header {
  char mark[8] = {'f', 'b', 'f', 'm', 'u', '0', '0', '1'};
  double time = 0.0;
  uint64_t ended = 0, inputs = 0, snapshot = 0;  // counts
};

}  // namespace

size_t SizeOf(const UnitState& state) {
  return sizeof(Header) + state.inputs.size() * sizeof(double) + state.snapshot.size();
}

void Write(const UnitState& state, char* out) {
  Header header;
  header.time = state.time;
  header.ended = state.ended;
  header.inputs = state.inputs.size();
  header.snapshot = state.snapshot.size();
  std::memcpy(out, &header, sizeof(header));
  out += sizeof(header);
  std::memcpy(out, state.inputs.data(), state.inputs.size() * sizeof(double));
  out += state.inputs.size() * sizeof(double);
  std::memcpy(out, state.snapshot.data(), state.snapshot.size());
}

UnitState Read(const char* bytes, size_t size) {
  Header header;
  const Header expected;
  if (size < sizeof(header)) throw DataError("a state of a unit is longer than this");
  std::memcpy(&header, bytes, sizeof(header));
  const size_t left = size - sizeof(header);
  if (std::memcmp(header.mark, expected.mark, sizeof(header.mark)) != 0 ||
      header.inputs > left / sizeof(double) ||
      header.snapshot != left - header.inputs * sizeof(double)) {
    throw DataError("these bytes are no state of a unit, or damaged");
  }
  UnitState state{.time = header.time, .ended = header.ended != 0, .inputs = {}, .snapshot = {}};
  bytes += sizeof(header);
  state.inputs.resize(header.inputs);
  std::memcpy(state.inputs.data(), bytes, header.inputs * sizeof(double));
  bytes += header.inputs * sizeof(double);
  state.snapshot.assign(bytes, bytes + header.snapshot);
  return state;
}

}  // namespace flyball::fmi
