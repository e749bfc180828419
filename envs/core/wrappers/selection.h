// Which numbers of an array a wrapper works on, by the names that the spec gives them.
#ifndef FLYBALL_ENVS_CORE_WRAPPERS_SELECTION_H_
#define FLYBALL_ENVS_CORE_WRAPPERS_SELECTION_H_

#include <string>
#include <vector>

#include "envs/core/field.h"
#include "envs/core/spec.h"
#include "envs/core/value.h"

namespace flyball {

// Numbers of an array flattened over its fields, with the bounds that they have there.
struct Selection {
  std::vector<int> index;         // ascending
  std::vector<double> low, high;  // (index.size())
  std::vector<std::string> name;  // (index.size()) "velocity[2]"

  int size() const { return static_cast<int>(index.size()); }
};

// A name is a field's, an entry's (of all agents), "field/entry", or either with an index as in
// "velocity[2]". Throws InputError that begins with `where`, with the nearest name.
Selection Select(const std::vector<Field>& fields, const std::vector<std::string>& names,
                 const std::string& where);
// Of the observation; no names: all of it, without the goals of a goal-conditioned task. There an
// entry's bare name is that of the field `observation`; goals go by their field.
Selection SelectObserved(const EnvSpec& spec, const List& names, const std::string& where);
// Of a box action; no names: all of it. Throws InputError where actions are choices.
Selection SelectActed(const EnvSpec& spec, const List& names, const std::string& where);

// A field of as many numbers as are selected, with the agents in front if they divide them.
Field FieldOf(const EnvSpec& spec, std::string name, int size, std::string unit, std::string doc,
              DType dtype = DType::kFloat64);
// Adds an info field; a name that is taken gets a number: "fault", "fault_2".
void AddInfo(EnvSpec& spec, Field field);

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_WRAPPERS_SELECTION_H_
