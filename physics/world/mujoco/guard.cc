#include "physics/world/mujoco/guard.h"

#include <mujoco/mujoco.h>

#include <atomic>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

// One per guarded call in progress on a thread, linked so that calls may nest.
struct Frame {
  std::jmp_buf place;
  char text[1200];
  Frame* outer;
  const char* throws_as;  // not null: an error is thrown with this beginning, `place` is not used
};
thread_local Frame* innermost = nullptr;

std::atomic<mjfLogHandler> previous_handler{nullptr};

void HandleLog(const mjLogMessage* message) {
  if (innermost == nullptr) {
    // Not our call: another user of MuJoCo in this process, who gets what they would have got.
    if (const mjfLogHandler previous = previous_handler.load()) return previous(message);
    if (message->level < mjLOG_WARNING) return;
    std::fprintf(stderr, "MuJoCo %s: %s\n", message->level == mjLOG_ERROR ? "error" : "warning",
                 message->subject);
    if (message->level == mjLOG_ERROR) std::exit(EXIT_FAILURE);
    return;
  }
  if (message->level != mjLOG_ERROR) return;  // counted in mjData.warning, which is looked at
  if (innermost->throws_as) {
    throw PhysicsError(std::string(innermost->throws_as) + ": " + message->subject);
  }
  if (message->func) {
    std::snprintf(innermost->text, sizeof(innermost->text), "%s (in %s)", message->subject,
                  message->func);
  } else {
    std::snprintf(innermost->text, sizeof(innermost->text), "%s", message->subject);
  }
  std::longjmp(innermost->place, 1);
}

void InstallHandler() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (mj_version() != mjVERSION_HEADER) {
      throw DataError("flyball was built for MuJoCo " + std::to_string(mjVERSION_HEADER) +
                      ", but the library loaded is " + std::to_string(mj_version()));
    }
    previous_handler = mju_setLogHandler(&HandleLog);
  });
}

// The only function that longjmp returns into. It holds nothing with a destructor.
bool CallInFrame(void (*function)(void*), void* context, Frame* frame) {
  if (setjmp(frame->place)) return false;
  function(context);
  return true;
}

}  // namespace

bool CallGuarded(void (*function)(void*), void* context, std::string* message) {
  InstallHandler();
  Frame frame;
  frame.text[0] = '\0';
  frame.throws_as = nullptr;
  frame.outer = innermost;
  innermost = &frame;
  // A C++ exception from `function` (it may call back into ours) must leave no dangling frame.
  struct Unlink {
    Frame* outer;
    ~Unlink() { innermost = outer; }
  } unlink{frame.outer};
  const bool fine = CallInFrame(function, context, &frame);
  if (!fine) *message = frame.text;
  return fine;
}

ErrorsThrow::ErrorsThrow(std::string what) : what_(std::move(what)) {
  InstallHandler();
  auto* frame = new Frame;
  frame->throws_as = what_.c_str();
  frame->outer = innermost;
  innermost = frame;
}

ErrorsThrow::~ErrorsThrow() {
  Frame* frame = innermost;
  innermost = frame->outer;
  delete frame;
}

void ThrowEngineError(const char* what, const std::string& message) {
  std::string line;
  for (char c : message) line += c == '\n' ? ';' : c;
  throw PhysicsError(std::string(what) + ": " + line);
}

}  // namespace flyball
