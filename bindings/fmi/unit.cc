#include "bindings/fmi/unit.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "physics/numeric/error.h"
#include "physics/numeric/text_file.h"

namespace flyball::fmi {
namespace {

// How far a time or a step may be off, in control periods: a master adds up its own.
constexpr double kTimeSlack = 1e-6;

void Check(flyball_code code) {
  if (code == FLYBALL_DATA_ERROR) throw DataError(flyball_last_error());
  if (code == FLYBALL_PHYSICS_ERROR) throw PhysicsError(flyball_last_error());
  if (code != FLYBALL_OK) throw InputError(flyball_last_error());
}

std::string Show(double number) { return Value(number).ToJson(); }

Value ReadFile(const std::string& path) {
  const std::optional<std::string> text = ReadTextFile(path);
  if (!text) throw DataError("cannot read '" + path + "', a part of the unit");
  return Value::FromJson(*text);
}

Variable ReadVariable(const Dict& from) {
  static const std::map<std::string, Variable::Kind> kKinds = {{"input", Variable::Kind::kInput},
                                                               {"output", Variable::Kind::kOutput},
                                                               {"option", Variable::Kind::kOption},
                                                               {"seed", Variable::Kind::kSeed}};
  Variable variable{.kind = kKinds.at(from.at("kind").AsText()), .name = from.at("name").AsText()};
  if (from.contains("column")) variable.column = from.at("column").AsText();
  if (from.contains("index")) variable.index = static_cast<int>(from.at("index").AsInteger());
  if (from.contains("start")) variable.start = from.at("start");
  return variable;
}

double AsNumber(const Value& value) {
  return value.is_bool() ? static_cast<double>(value.AsBool()) : value.AsNumber();
}

}  // namespace

Unit::Unit(const std::string& folder, const std::string& guid) {
  const Value file = ReadFile(folder + "/flyball.json");
  const Dict& table = file.AsDict();
  if (table.at("guid").AsText() != guid) {
    throw InputError("the unit's guid is " + table.at("guid").AsText() + ", not " + guid);
  }
  if (table.at("version").AsText() != flyball_version()) {
    throw DataError("the unit was exported by flyball " + table.at("version").AsText() +
                    ", and this process has flyball " + flyball_version() + " loaded");
  }
  id_ = table.at("id").AsText();
  fixed_options_ = table.at("options").AsDict();
  for (const Value& entry : table.at("variables").AsList()) {
    variables_.push_back(ReadVariable(entry.AsDict()));
    values_.push_back(variables_.back().start);
    if (variables_.back().kind == Variable::Kind::kInput) {
      inputs_.push_back(static_cast<unsigned>(variables_.size() - 1));
    }
  }
}

const Variable& Unit::At(unsigned reference) const {
  if (reference >= variables_.size()) {
    throw InputError("no variable has value reference " + std::to_string(reference));
  }
  return variables_[reference];
}

double Unit::Number(unsigned reference) {
  const Variable& variable = At(reference);
  if (variable.kind != Variable::Kind::kOutput) {
    if (values_[reference].is_text()) throw InputError("'" + variable.name + "' is a text");
    return AsNumber(values_[reference]);
  }
  Ready();
  return ReadColumn(variable.column, variable.index);
}

const std::string& Unit::Text(unsigned reference) {
  if (At(reference).kind == Variable::Kind::kOutput || !values_[reference].is_text()) {
    throw InputError("'" + At(reference).name + "' is no text");
  }
  return values_[reference].AsText();
}

void Unit::Set(unsigned reference, Value value) {
  const Variable& variable = At(reference);
  switch (variable.kind) {
    case Variable::Kind::kOutput:
      throw InputError("'" + variable.name + "' is an output: it cannot be set");
    case Variable::Kind::kInput:
      if (!value.is_number() || !std::isfinite(value.AsNumber())) {
        throw InputError("'" + variable.name + "' is " + value.ToJson() +
                         "; a finite number is wanted");
      }
      break;
    default:
      if (initialised_) {
        throw InputError("'" + variable.name + "' is a parameter: it is set before the first step");
      }
      stale_ = true;
  }
  values_[reference] = std::move(value);
}

void Unit::Make() {
  Dict options = fixed_options_;
  int64_t seed = 0;
  for (size_t i = 0; i < variables_.size(); ++i) {
    if (variables_[i].kind == Variable::Kind::kSeed) seed = values_[i].AsInteger();
    if (variables_[i].kind != Variable::Kind::kOption) continue;
    // Names are "option.NAME".
    options[variables_[i].name.substr(variables_[i].name.find('.') + 1)] = values_[i];
  }
  if (seed < 0) throw InputError("'seed' is " + std::to_string(seed) + "; 0 and above are allowed");
  flyball_settings settings = flyball_default_settings();
  settings.autoreset = FLYBALL_DISABLED;
  settings.time_limit = 0;  // the master ends the simulation
  flyball_env* made = nullptr;
  Check(flyball_make(id_.c_str(), Value(options).ToJson().c_str(), &settings, &made));
  env_.reset(made);
  CheckInterface();
  const uint64_t first = static_cast<uint64_t>(seed);
  Check(flyball_reset(made, &first, 1, nullptr, nullptr, 0));
  stale_ = false;
}

// Reads the columns, and refuses options under which the unit's variables would be others.
void Unit::CheckInterface() {
  columns_.clear();
  std::map<std::string, size_t> sizes;
  for (int i = 0; i < flyball_num_columns(env_.get()); ++i) {
    flyball_column column;
    Check(flyball_column_at(env_.get(), i, &column));
    columns_[column.name] = column;
    size_t& size = sizes[column.name] = 1;
    for (int k = 1; k < column.ndim; ++k) size *= static_cast<size_t>(column.shape[k]);
  }
  std::map<std::string, size_t> wanted = {{"action", inputs_.size()}};
  for (const Variable& variable : variables_) {
    if (variable.kind == Variable::Kind::kOutput) ++wanted[variable.column];
  }
  for (const auto& [name, size] : wanted) {
    if (!sizes.contains(name) || sizes[name] != size) {
      throw InputError(id_ + ": with these parameters '" + name + "' has " +
                       std::to_string(sizes[name]) + " numbers, the unit's variables " +
                       std::to_string(size) + "; export a unit with the options wanted");
    }
  }
  char* json = nullptr;
  Check(flyball_env_spec(env_.get(), &json));
  const std::unique_ptr<char, void (*)(void*)> held(json, flyball_free);
  const Value spec = Value::FromJson(json);
  period_ = spec.AsDict().at("control_period").AsNumber();
}

void Unit::Ready() {
  if (stale_) Make();
}

void Unit::Initialise(double time) {
  state_ = {.time = time};
  Ready();
}

void Unit::Restart() {
  for (size_t i = 0; i < variables_.size(); ++i) values_[i] = variables_[i].start;
  env_.reset();
  stale_ = true;
  initialised_ = false;
  state_ = {};
}

double Unit::ReadColumn(const std::string& name, int index) const {
  const flyball_column& column = columns_.at(name);
  switch (column.dtype) {
    case FLYBALL_FLOAT32:
      return static_cast<const float*>(column.data)[index];
    case FLYBALL_FLOAT64:
      return static_cast<const double*>(column.data)[index];
    case FLYBALL_INT64:
      return static_cast<double>(static_cast<const int64_t*>(column.data)[index]);
    default:
      return static_cast<const uint8_t*>(column.data)[index];
  }
}

void Unit::WriteActions() {
  const flyball_column& action = columns_.at("action");
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const double value = AsNumber(values_[inputs_[i]]);
    switch (action.dtype) {
      case FLYBALL_FLOAT32:
        static_cast<float*>(action.data)[i] = static_cast<float>(value);
        break;
      case FLYBALL_FLOAT64:
        static_cast<double*>(action.data)[i] = value;
        break;
      default:
        static_cast<int64_t*>(action.data)[i] = static_cast<int64_t>(value);
    }
  }
}

bool Unit::Step(double time, double step) {
  if (!initialised_) throw InputError("a step before the end of the initialisation");
  if (!(std::abs(step - period_) <= kTimeSlack * period_)) {
    throw InputError("the step is " + Show(step) + " s; this unit steps by its control period, " +
                     Show(period_) + " s, alone");
  }
  if (!(std::abs(time - state_.time) <= kTimeSlack * period_ + 1e-12 * std::abs(time))) {
    throw InputError("the step begins at " + Show(time) + " s; the unit stands at " +
                     Show(state_.time) + " s");
  }
  if (state_.ended) return false;
  WriteActions();
  Check(flyball_step(env_.get()));
  state_.time = time + step;
  state_.ended = ReadColumn("terminated", 0) != 0.0 || ReadColumn("truncated", 0) != 0.0;
  if (flyball_status(env_.get())[0] != FLYBALL_ROW_OK) {
    throw PhysicsError("the physics could not go on at " + Show(time) + " s");
  }
  return true;
}

UnitState Unit::Save() {
  Ready();
  UnitState saved = state_;
  saved.inputs.clear();
  for (const unsigned reference : inputs_) saved.inputs.push_back(AsNumber(values_[reference]));
  void* bytes = nullptr;
  size_t size = 0;
  Check(flyball_snapshot(env_.get(), 0, &bytes, &size));
  const char* begin = static_cast<const char*>(bytes);
  saved.snapshot.assign(begin, begin + size);
  flyball_free(bytes);
  return saved;
}

void Unit::Restore(const UnitState& state) {
  if (state.inputs.size() != inputs_.size()) throw DataError("the state is another unit's");
  Ready();
  Check(flyball_restore(env_.get(), 0, state.snapshot.data(), state.snapshot.size()));
  for (size_t i = 0; i < inputs_.size(); ++i) {
    Value& value = values_[inputs_[i]];
    if (value.is_integer()) {
      value = static_cast<int64_t>(state.inputs[i]);
    } else {
      value = state.inputs[i];
    }
  }
  state_ = {.time = state.time, .ended = state.ended};
  initialised_ = true;
}

}  // namespace flyball::fmi
