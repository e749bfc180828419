#include "bindings/convert.h"

#include <pybind11/stl.h>

#include <array>
#include <utility>

#include "physics/numeric/error.h"

namespace py = pybind11;

namespace flyball {
namespace {

constexpr std::array<DType, 5> kDTypes = {DType::kFloat32, DType::kFloat64, DType::kInt64,
                                          DType::kUInt8, DType::kBool};
constexpr std::array<const char*, 3> kActionKinds = {"box", "discrete", "multi_discrete"};
constexpr std::array<const char*, 3> kChannels = {"rgb", "depth", "segmentation"};
constexpr std::array<const char*, 6> kOptionKinds = {"bool", "integer", "number",
                                                     "text", "list",    "dict"};

template <size_t n>
size_t IndexOf(const std::array<const char*, n>& names, const std::string& name, const char* what) {
  const std::vector<std::string> known(names.begin(), names.end());
  for (size_t i = 0; i < n; ++i) {
    if (name == names[i]) return i;
  }
  throw InputError(UnknownName(what, name, known));
}

template <class T>
py::list ToList(const std::vector<T>& items) {
  py::list list;
  for (const T& item : items) list.append(ToPython(item));
  return list;
}

// dict[key] if it is there and not None.
template <class T>
void Take(const py::dict& dict, const char* key, T& out) {
  if (dict.contains(key) && !dict[key].is_none()) out = dict[key].cast<T>();
}

std::vector<Field> ToFields(const py::dict& dict, const char* key) {
  std::vector<Field> fields;
  if (!dict.contains(key)) return fields;
  for (const py::handle field : dict[key]) fields.push_back(ToField(field.cast<py::dict>()));
  return fields;
}

}  // namespace

Value ToValue(py::handle object, const std::string& where) {
  if (object.is_none()) return Value();
  if (PyBool_Check(object.ptr())) return Value(object.ptr() == Py_True);
  if (PyLong_Check(object.ptr())) {
    int overflow = 0;
    const long long integer = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
    if (overflow) {
      throw InputError(where + ": " + py::str(object).cast<std::string>() +
                       " does not fit into 64 bits");
    }
    return Value(integer);
  }
  if (PyFloat_Check(object.ptr())) return Value(PyFloat_AS_DOUBLE(object.ptr()));
  if (PyUnicode_Check(object.ptr())) return Value(object.cast<std::string>());
  if (PyDict_Check(object.ptr())) {
    Dict dict;
    for (const auto& [key, item] : py::reinterpret_borrow<py::dict>(object)) {
      if (!PyUnicode_Check(key.ptr())) {
        throw InputError(where + ": keys are texts; got " + py::repr(key).cast<std::string>());
      }
      const std::string name = key.cast<std::string>();
      dict[name] = ToValue(item, where + "['" + name + "']");
    }
    return Value(std::move(dict));
  }
  if (PyList_Check(object.ptr()) || PyTuple_Check(object.ptr())) {
    List list;
    for (const py::handle item : py::reinterpret_borrow<py::sequence>(object)) {
      list.push_back(ToValue(item, where + "[" + std::to_string(list.size()) + "]"));
    }
    return Value(std::move(list));
  }
  if (py::hasattr(object, "__fspath__")) {
    return ToValue(object.attr("__fspath__")(), where);
  }
  // numpy arrays and scalars, and what behaves like them.
  if (py::hasattr(object, "tolist")) return ToValue(object.attr("tolist")(), where);
  throw InputError(where + ": a bool, number, text, list, dict or array is wanted; got " +
                   py::repr(object).cast<std::string>());
}

Options ToOptions(const py::dict& options) {
  Options out;
  for (const auto& [key, item] : options) {
    const std::string name = key.cast<std::string>();
    out[name] = ToValue(item, "option '" + name + "'");
  }
  return out;
}

py::object ToPython(const Value& value) {
  if (value.is_null()) return py::none();
  if (value.is_bool()) return py::bool_(value.AsBool());
  if (value.is_integer()) return py::int_(value.AsInteger());
  if (value.is_number()) return py::float_(value.AsNumber());
  if (value.is_text()) return py::str(value.AsText());
  if (value.is_list()) return ToList(value.AsList());
  py::dict dict;
  for (const auto& [name, item] : value.AsDict()) dict[py::str(name)] = ToPython(item);
  return dict;
}

py::dict ToPython(const Field& field) {
  py::list entries;
  for (const Entry& entry : field.entries) {
    py::dict dict;
    dict["name"] = entry.name;
    dict["size"] = entry.size;
    dict["unit"] = entry.unit;
    dict["low"] = entry.low;
    dict["high"] = entry.high;
    dict["doc"] = entry.doc;
    entries.append(dict);
  }
  py::dict dict;
  dict["name"] = field.name;
  dict["dtype"] = std::string(NameOf(field.dtype));
  dict["shape"] = py::tuple(py::cast(field.shape));
  dict["entries"] = entries;
  dict["doc"] = field.doc;
  return dict;
}

py::dict ToPython(const PictureField& picture) {
  py::dict dict;
  dict["channel"] = kChannels[static_cast<size_t>(picture.channel)];
  dict["cameras"] = picture.cameras;
  dict["width"] = picture.width;
  dict["height"] = picture.height;
  dict["shadows"] = picture.shadows;
  dict["markers"] = picture.markers;
  return dict;
}

py::dict ToPython(const EnvSpec& spec) {
  py::dict action;
  action["kind"] = kActionKinds[static_cast<size_t>(spec.action.kind)];
  action["field"] = ToPython(spec.action.field);
  action["choices"] = spec.action.choices;
  action["clip"] = spec.action.clip;

  py::dict dict;
  dict["id"] = spec.id;
  dict["doc"] = spec.doc;
  dict["observation"] = ToList(spec.observation);
  dict["pictures"] = ToList(spec.pictures);
  dict["segments"] = spec.segments;
  dict["action"] = action;
  dict["info"] = ToList(spec.info);
  dict["state"] = ToList(spec.state);
  dict["reset"] = ToList(spec.reset);
  dict["control_period"] = spec.control_period;
  dict["max_episode_steps"] = spec.max_episode_steps;
  dict["reward_low"] = spec.reward_low;
  dict["reward_high"] = spec.reward_high;
  dict["num_agents"] = spec.num_agents;
  dict["goal_conditioned"] = spec.goal_conditioned;
  dict["smooth"] = spec.smooth;
  dict["policies"] = spec.policies;
  dict["unsupported"] = spec.unsupported;
  dict["options"] = ToPython(Value(spec.options));
  return dict;
}

py::dict ToPython(const Option& option) {
  py::dict dict;
  dict["name"] = option.name;
  dict["kind"] = kOptionKinds[static_cast<size_t>(option.kind)];
  dict["default"] = ToPython(option.default_value);
  dict["choices"] = option.choices;
  dict["low"] = option.low;
  dict["high"] = option.high;
  dict["unit"] = option.unit;
  dict["doc"] = option.doc;
  return dict;
}

py::dict ToPython(const Registration& registration) {
  py::list options = ToList(registration.options);
  for (const Option& option : CommonOptions(registration.options)) options.append(ToPython(option));
  py::list policies;
  for (const PolicyRegistration& policy : registration.policies) {
    if (!policy.make && !policy.make_with) continue;
    py::dict dict;
    dict["name"] = policy.name;
    dict["doc"] = policy.doc;
    dict["options"] = ToList(policy.options);
    policies.append(dict);
  }
  py::dict dict;
  dict["id"] = registration.id;
  dict["family"] = registration.family;
  dict["options"] = options;
  dict["max_episode_steps"] = registration.max_episode_steps;
  dict["policies"] = policies;
  dict["has_gradient"] = static_cast<bool>(registration.make_adjoint);
  dict["has_compute_reward"] = static_cast<bool>(registration.compute_reward);
  return dict;
}

Field ToField(const py::dict& dict) {
  Field field;
  field.name = dict["name"].cast<std::string>();
  std::string dtype(NameOf(field.dtype));
  Take(dict, "dtype", dtype);
  std::vector<std::string> known;
  bool found = false;
  for (const DType candidate : kDTypes) {
    known.emplace_back(NameOf(candidate));
    if (dtype != NameOf(candidate)) continue;
    field.dtype = candidate;
    found = true;
  }
  if (!found) throw InputError("field '" + field.name + "': " + UnknownName("dtype", dtype, known));
  Take(dict, "shape", field.shape);
  Take(dict, "doc", field.doc);
  for (const py::handle item : dict["entries"]) {
    const py::dict from = item.cast<py::dict>();
    Entry entry;
    Take(from, "name", entry.name);
    Take(from, "size", entry.size);
    Take(from, "unit", entry.unit);
    Take(from, "low", entry.low);
    Take(from, "high", entry.high);
    Take(from, "doc", entry.doc);
    field.entries.push_back(std::move(entry));
  }
  return field;
}

EnvSpec ToEnvSpec(const py::dict& dict) {
  EnvSpec spec;
  Take(dict, "id", spec.id);
  Take(dict, "doc", spec.doc);
  spec.observation = ToFields(dict, "observation");
  const py::dict action = dict["action"].cast<py::dict>();
  spec.action.kind = static_cast<ActionSpec::Kind>(
      IndexOf(kActionKinds, action["kind"].cast<std::string>(), "kind of action"));
  spec.action.field = ToField(action["field"].cast<py::dict>());
  Take(action, "choices", spec.action.choices);
  Take(action, "clip", spec.action.clip);
  spec.info = ToFields(dict, "info");
  spec.state = ToFields(dict, "state");
  spec.reset = ToFields(dict, "reset");
  Take(dict, "control_period", spec.control_period);
  Take(dict, "max_episode_steps", spec.max_episode_steps);
  Take(dict, "reward_low", spec.reward_low);
  Take(dict, "reward_high", spec.reward_high);
  Take(dict, "num_agents", spec.num_agents);
  Take(dict, "goal_conditioned", spec.goal_conditioned);
  Take(dict, "smooth", spec.smooth);
  return spec;
}

Option ToOption(const py::dict& dict) {
  Option option;
  option.name = dict["name"].cast<std::string>();
  option.kind = static_cast<Option::Kind>(
      IndexOf(kOptionKinds, dict["kind"].cast<std::string>(), "kind of option"));
  if (dict.contains("default")) option.default_value = ToValue(dict["default"], option.name);
  Take(dict, "choices", option.choices);
  Take(dict, "low", option.low);
  Take(dict, "high", option.high);
  Take(dict, "unit", option.unit);
  Take(dict, "doc", option.doc);
  return option;
}

}  // namespace flyball
