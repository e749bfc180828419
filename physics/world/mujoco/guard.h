// MuJoCo reports errors through one process-wide handler that must not return, and whose default ends
// the process. Ours turns an error inside a guarded call into a C++ exception on the same thread, and
// leaves what happens outside our calls to the handler that was there before.
#ifndef FLYBALL_PHYSICS_WORLD_MUJOCO_GUARD_H_
#define FLYBALL_PHYSICS_WORLD_MUJOCO_GUARD_H_

#include <string>
#include <type_traits>

namespace flyball {

// Calls function(context); false if MuJoCo raised an error, described in *message. `function` is left
// by longjmp then: it must hold no object with a destructor across MuJoCo calls. Warnings raised
// inside are kept from the console and from any file.
bool CallGuarded(void (*function)(void*), void* context, std::string* message);

// While one lives, a MuJoCo error on this thread outside any guarded call is thrown as a PhysicsError
// through the C++ frames in between: for code of ours and of users that holds objects (editing a
// model), where a longjmp would not run destructors.
class ErrorsThrow {
 public:
  explicit ErrorsThrow(std::string what);
  ~ErrorsThrow();
  ErrorsThrow(const ErrorsThrow&) = delete;
  ErrorsThrow& operator=(const ErrorsThrow&) = delete;

 private:
  std::string what_;
};

// Throws PhysicsError("<what>: <MuJoCo's message>"), out of line to keep callers small.
[[noreturn]] void ThrowEngineError(const char* what, const std::string& message);

// Runs `body` under the guard; same restriction on it.
template <class Body>
void Guarded(const char* what, Body&& body) {
  using Plain = std::remove_reference_t<Body>;
  std::string message;
  const bool fine = CallGuarded([](void* context) { (*static_cast<Plain*>(context))(); },
                                const_cast<void*>(static_cast<const void*>(&body)), &message);
  if (!fine) ThrowEngineError(what, message);
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_MUJOCO_GUARD_H_
