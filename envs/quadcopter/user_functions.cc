#include "envs/quadcopter/user_functions.h"

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "physics/numeric/error.h"

namespace flyball::quadcopter {
namespace {

// Functions of one kind, by name.
template <class Function>
class Book {
 public:
  explicit Book(std::string kind) : kind_(std::move(kind)) {}

  void Add(const std::string& name, Function function) {
    const std::lock_guard lock(mutex_);
    Entry& entry = by_name_[name];
    ++entry.times;
    entry.function = std::move(function);
  }
  Function Find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) {
      std::vector<std::string> names;
      for (const auto& [known, entry] : by_name_) {
        if (entry.good()) names.push_back(known);
      }
      if (names.empty()) {
        throw InputError("unknown " + kind_ + " '" + name + "'; C++ code has registered none");
      }
      throw InputError(UnknownName(kind_, name, names));
    }
    const Entry& entry = found->second;
    if (entry.times > 1) {
      throw InputError(kind_ + " '" + name + "' was registered " + std::to_string(entry.times) +
                       " times, and so is nobody's: each function needs a name of its own");
    }
    if (!entry.good()) throw InputError(kind_ + " '" + name + "' is an empty std::function");
    return entry.function;
  }

 private:
  struct Entry {
    int times = 0;  // registered
    Function function;
    bool good() const { return times == 1 && static_cast<bool>(function); }
  };

  std::string kind_;
  std::mutex mutex_;
  std::map<std::string, Entry> by_name_;
};

// They outlive every static object.
Book<WindField>& WindFields() {
  static auto* book = new Book<WindField>("wind_field");
  return *book;
}
Book<ResidualFunction>& Residuals() {
  static auto* book = new Book<ResidualFunction>("residual function");
  return *book;
}

}  // namespace

void RegisterWindField(const std::string& name, WindField field) {
  WindFields().Add(name, std::move(field));
}
void RegisterResidual(const std::string& name, ResidualFunction function) {
  Residuals().Add(name, std::move(function));
}
WindField FindWindField(const std::string& name) { return WindFields().Find(name); }
ResidualFunction FindResidual(const std::string& name) { return Residuals().Find(name); }

}  // namespace flyball::quadcopter
