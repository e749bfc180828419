// Unit: one environment as a co-simulation unit. What its variables are was written down when it was
// exported (python/flyball/fmi.py), in resources/flyball.json; it runs over the C face.
#ifndef FLYBALL_BINDINGS_FMI_UNIT_H_
#define FLYBALL_BINDINGS_FMI_UNIT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bindings/c/flyball.h"
#include "envs/core/value.h"

namespace flyball::fmi {

// Where a variable's number lies.
struct Variable {
  enum class Kind { kInput, kOutput, kOption, kSeed } kind;
  std::string name;
  std::string column = {};  // kOutput
  int index = 0;            // into the row's numbers of the column, or of the action
  Value start = {};         // kInput, kOption, kSeed
};

// All that decides what a unit does next.
struct UnitState {
  double time = 0.0;
  bool ended = false;
  std::vector<double> inputs;
  std::vector<char> snapshot;
};

class Unit {
 public:
  // Reads `folder`/flyball.json. Throws InputError or DataError.
  Unit(const std::string& folder, const std::string& guid);

  // Variables by their value reference. Throw InputError for one that is not there, for a text asked
  // of a number, and for one that may not be set (now).
  double Number(unsigned reference);
  const std::string& Text(unsigned reference);
  void Set(unsigned reference, Value value);

  void Initialise(double time);  // makes the environment and resets it
  void Finish() { initialised_ = true; }
  void Restart();  // as after construction
  // One control period. False: the episode was over before it, and nothing was done.
  bool Step(double time, double step);

  double time() const { return state_.time; }
  bool ended() const { return state_.ended; }

  UnitState Save();
  void Restore(const UnitState& state);

 private:
  struct FreeEnv {
    void operator()(flyball_env* env) const { flyball_env_free(env); }
  };
  const Variable& At(unsigned reference) const;
  void Make();  // the environment, with the options and the seed that are set, reset
  void CheckInterface();
  void Ready();  // makes it (again) if a parameter was set since
  double ReadColumn(const std::string& name, int index) const;
  void WriteActions();

  std::string id_;
  std::vector<Variable> variables_;  // by value reference
  std::vector<Value> values_;        // of inputs, options and the seed; by value reference
  std::vector<unsigned> inputs_;     // value references of the action's numbers, in order
  std::map<std::string, flyball_column> columns_;
  Dict fixed_options_;   // those that are no variables
  double period_ = 0.0;  // s
  std::unique_ptr<flyball_env, FreeEnv> env_;
  bool stale_ = true;
  bool initialised_ = false;
  UnitState state_;
};

}  // namespace flyball::fmi

#endif  // FLYBALL_BINDINGS_FMI_UNIT_H_
