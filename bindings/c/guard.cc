#include "bindings/c/guard.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace flyball::c {
namespace {

// Of a fixed length, so that running out of memory can be reported too.
thread_local char last_error[4096] = "";

}  // namespace

flyball_code Fail(flyball_code code, const char* message) noexcept {
  std::snprintf(last_error, sizeof(last_error), "%s", message);
  return code;
}

const char* LastError() noexcept { return last_error; }

void* Allocate(size_t size) {
  void* memory = std::malloc(std::max<size_t>(size, 1));
  if (!memory) throw std::bad_alloc();
  return memory;
}

char* CopyOf(const std::string& text) {
  return static_cast<char*>(std::memcpy(Allocate(text.size() + 1), text.c_str(), text.size() + 1));
}

std::string JsonOf(const std::vector<std::string>& texts) {
  return Value(List(texts.begin(), texts.end())).ToJson();
}

Options OptionsOf(const char* json) {
  if (!json) return {};
  const Value value = Value::FromJson(json);
  if (!value.is_dict()) {
    throw InputError("options: a JSON object is wanted; got a " + std::string(value.kind()));
  }
  return value.AsDict();
}

}  // namespace flyball::c
