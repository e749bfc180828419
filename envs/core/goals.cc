#include "envs/core/goals.h"

#include <map>
#include <mutex>
#include <utility>

namespace flyball {
namespace {

struct Table {
  std::mutex mutex;
  std::map<std::string, EndsOfGoals, std::less<>> ends;
};

// A function: ids are registered while libraries are loaded.
Table& TheTable() {
  static Table table;
  return table;
}

}  // namespace

void SetEndsOfGoals(std::string id, EndsOfGoals ends) {
  Table& table = TheTable();
  const std::lock_guard lock(table.mutex);
  table.ends[std::move(id)] = std::move(ends);
}

EndsOfGoals FindEndsOfGoals(std::string_view id) {
  Table& table = TheTable();
  const std::lock_guard lock(table.mutex);
  const auto found = table.ends.find(id);
  return found == table.ends.end() ? EndsOfGoals() : found->second;
}

}  // namespace flyball
