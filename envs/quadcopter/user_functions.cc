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
    if (name.empty() || !function) {
      throw InputError(kind_ + " '" + name + "' must have a name and a function");
    }
    const std::lock_guard lock(mutex_);
    if (!by_name_.emplace(name, std::move(function)).second) {
      throw InputError(kind_ + " '" + name + "' is registered already");
    }
  }
  Function Find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = by_name_.find(name);
    if (found != by_name_.end()) return found->second;
    if (by_name_.empty()) {
      throw InputError("unknown " + kind_ + " '" + name + "'; C++ code has registered none");
    }
    std::vector<std::string> names;
    for (const auto& [known, function] : by_name_) names.push_back(known);
    throw InputError(UnknownName(kind_, name, names));
  }

 private:
  std::string kind_;
  std::mutex mutex_;
  std::map<std::string, Function> by_name_;
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
