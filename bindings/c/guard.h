// What all functions of the C face do: exceptions become codes, arguments are checked, and memory that
// the caller frees is C's.
#ifndef FLYBALL_BINDINGS_C_GUARD_H_
#define FLYBALL_BINDINGS_C_GUARD_H_

#include <exception>
#include <new>
#include <string>
#include <vector>

#include "bindings/c/flyball.h"
#include "envs/core/options.h"
#include "physics/numeric/error.h"

namespace flyball::c {

// Keeps the message for this thread's flyball_last_error, and returns the code.
flyball_code Fail(flyball_code code, const char* message) noexcept;
const char* LastError() noexcept;

// Runs a body that may throw; nothing leaves it but a code.
template <class Body>
flyball_code Guard(const Body& body) noexcept {
  try {
    body();
    return FLYBALL_OK;
  } catch (const flyball::InputError& error) {
    return Fail(FLYBALL_INPUT_ERROR, error.what());
  } catch (const flyball::DataError& error) {
    return Fail(FLYBALL_DATA_ERROR, error.what());
  } catch (const flyball::PhysicsError& error) {
    return Fail(FLYBALL_PHYSICS_ERROR, error.what());
  } catch (const std::bad_alloc&) {
    return Fail(FLYBALL_MEMORY_ERROR, "no memory left");
  } catch (const std::exception& error) {
    return Fail(FLYBALL_OTHER_ERROR, error.what());
  } catch (...) {
    return Fail(FLYBALL_OTHER_ERROR, "an exception of an unknown type");
  }
}

// `pointer`, which must not be null.
template <class T>
T& Given(T* pointer, const char* name) {
  if (!pointer) throw flyball::InputError(std::string("argument '") + name + "' is NULL");
  return *pointer;
}

void* Allocate(size_t size);
char* CopyOf(const std::string& text);
std::string JsonOf(const std::vector<std::string>& texts);
// Of a JSON object; none for NULL.
Options OptionsOf(const char* json);

}  // namespace flyball::c

#endif  // FLYBALL_BINDINGS_C_GUARD_H_
