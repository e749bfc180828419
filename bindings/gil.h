// StepGate: runs a step with the GIL released where that pays. Handing the lock over costs about
// 0.1 us, as much as a whole step of a light plant with one row, so the first steps are timed: only
// steps of at least 5 us let other Python threads run. What a step computes does not depend on it.
#ifndef FLYBALL_BINDINGS_GIL_H_
#define FLYBALL_BINDINGS_GIL_H_

#include <Python.h>

#include <algorithm>
#include <chrono>

namespace flyball {

class StepGate {
 public:
  template <class Step>
  void Run(const Step& step) {
    if (num_timed_ == kTimed) {
      if (!releases_) return step();
      return RunReleased(step);
    }
    const auto start = std::chrono::steady_clock::now();
    RunReleased(step);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    shortest_ = std::min(shortest_, taken.count());
    releases_ = shortest_ >= 5e-6;
    ++num_timed_;
  }

  template <class Step>
  static void RunReleased(const Step& step) {
    struct Released {
      PyThreadState* state = PyEval_SaveThread();
      ~Released() { PyEval_RestoreThread(state); }
    } released;
    step();
  }

 private:
  static constexpr int kTimed = 8;
  int num_timed_ = 0;
  double shortest_ = 1e9;  // s
  bool releases_ = true;
};

}  // namespace flyball

#endif  // FLYBALL_BINDINGS_GIL_H_
