// A unit's state as bytes: the same machine's, as snapshots are.
#ifndef FLYBALL_BINDINGS_FMI_STATE_BYTES_H_
#define FLYBALL_BINDINGS_FMI_STATE_BYTES_H_

#include <cstddef>

#include "bindings/fmi/unit.h"

namespace flyball::fmi {

size_t SizeOf(const UnitState& state);
void Write(const UnitState& state, char* out);  // SizeOf(state) bytes
// Throws DataError for what is no state.
UnitState Read(const char* bytes, size_t size);

}  // namespace flyball::fmi

#endif  // FLYBALL_BINDINGS_FMI_STATE_BYTES_H_
