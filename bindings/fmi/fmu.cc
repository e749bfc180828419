// The functions of FMI 2.0 for co-simulation, over Unit. One shared object serves every exported
// environment: what it is, it reads from the unit's resources.
#include <exception>
#include <memory>
#include <string>

#include "bindings/fmi/file_uri.h"
#include "bindings/fmi/fmi2.h"
#include "bindings/fmi/state_bytes.h"
#include "bindings/fmi/unit.h"
#include "physics/numeric/error.h"

#define FMI_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using flyball::InputError;
using flyball::Value;
using flyball::fmi::FolderOf;
using flyball::fmi::Unit;
using flyball::fmi::UnitState;

// A unit and whom it tells what went wrong.
struct Instance {
  std::unique_ptr<Unit> unit = nullptr;
  std::string name;
  fmi2CallbackFunctions callbacks;
  double start_time = 0.0;
};

// The message is the format itself, its percent signs doubled: masters that cannot read C's
// variable arguments (FMPy is one) show formats as they are.
void Tell(const Instance& instance, fmi2Status status, const std::string& message) {
  if (!instance.callbacks.logger) return;
  std::string format;
  for (const char c : message) format += c == '%' ? std::string("%%") : std::string(1, c);
  instance.callbacks.logger(instance.callbacks.componentEnvironment, instance.name.c_str(), status,
                            status == fmi2Discard ? "logStatusDiscard" : "logStatusError",
                            format.c_str());
}

// Runs a body on a unit; an exception becomes a message and fmi2Error.
template <class Body>
fmi2Status Guard(fmi2Component component, const Body& body) noexcept {
  Instance* instance = static_cast<Instance*>(component);
  if (!instance) return fmi2Error;
  try {
    body(*instance);
    return fmi2OK;
  } catch (const std::exception& error) {
    Tell(*instance, fmi2Error, error.what());
    return fmi2Error;
  }
}

template <class T, class Convert>
fmi2Status Get(fmi2Component component, const fmi2ValueReference references[], size_t count,
               T values[], const Convert& convert) {
  return Guard(component, [&](Instance& instance) {
    for (size_t i = 0; i < count; ++i) values[i] = convert(*instance.unit, references[i]);
  });
}

template <class T, class Convert>
fmi2Status Set(fmi2Component component, const fmi2ValueReference references[], size_t count,
               const T values[], const Convert& convert) {
  return Guard(component, [&](Instance& instance) {
    for (size_t i = 0; i < count; ++i) instance.unit->Set(references[i], convert(values[i]));
  });
}

fmi2Status NotOffered(fmi2Component component, const char* what) {
  return Guard(component, [&](Instance&) {
    throw InputError(std::string(what) + ": the unit does not offer this, as its description says");
  });
}

}  // namespace

FMI_EXPORT const char* fmi2GetTypesPlatform() { return "default"; }
FMI_EXPORT const char* fmi2GetVersion() { return "2.0"; }

FMI_EXPORT fmi2Status fmi2SetDebugLogging(fmi2Component, fmi2Boolean, size_t, const fmi2String[]) {
  return fmi2OK;
}

// ---- Its life -----------------------------------------------------------------------------------

FMI_EXPORT fmi2Component fmi2Instantiate(fmi2String name, fmi2Type type, fmi2String guid,
                                         fmi2String resources,
                                         const fmi2CallbackFunctions* callbacks, fmi2Boolean,
                                         fmi2Boolean) {
  if (!callbacks) return nullptr;
  auto instance =
      std::make_unique<Instance>(Instance{.name = name ? name : "", .callbacks = *callbacks});
  const fmi2Status status = Guard(instance.get(), [&](Instance& made) {
    if (type != fmi2CoSimulation) throw InputError("this unit is for co-simulation");
    made.unit = std::make_unique<Unit>(FolderOf(resources), guid ? guid : "");
  });
  return status == fmi2OK ? instance.release() : nullptr;
}

FMI_EXPORT void fmi2FreeInstance(fmi2Component component) {
  delete static_cast<Instance*>(component);
}

FMI_EXPORT fmi2Status fmi2SetupExperiment(fmi2Component component, fmi2Boolean, fmi2Real,
                                          fmi2Real start, fmi2Boolean, fmi2Real) {
  return Guard(component, [&](Instance& instance) { instance.start_time = start; });
}

FMI_EXPORT fmi2Status fmi2EnterInitializationMode(fmi2Component component) {
  return Guard(component,
               [](Instance& instance) { instance.unit->Initialise(instance.start_time); });
}

FMI_EXPORT fmi2Status fmi2ExitInitializationMode(fmi2Component component) {
  return Guard(component, [](Instance& instance) {
    instance.unit->Initialise(instance.start_time);  // with what was set meanwhile
    instance.unit->Finish();
  });
}

FMI_EXPORT fmi2Status fmi2Terminate(fmi2Component component) {
  return Guard(component, [](Instance&) {});
}

FMI_EXPORT fmi2Status fmi2Reset(fmi2Component component) {
  return Guard(component, [](Instance& instance) { instance.unit->Restart(); });
}

// ---- Its variables ------------------------------------------------------------------------------

FMI_EXPORT fmi2Status fmi2GetReal(fmi2Component component, const fmi2ValueReference references[],
                                  size_t count, fmi2Real values[]) {
  return Get(component, references, count, values,
             [](Unit& unit, unsigned reference) { return unit.Number(reference); });
}

FMI_EXPORT fmi2Status fmi2GetInteger(fmi2Component component, const fmi2ValueReference references[],
                                     size_t count, fmi2Integer values[]) {
  return Get(component, references, count, values, [](Unit& unit, unsigned reference) {
    return static_cast<fmi2Integer>(unit.Number(reference));
  });
}

FMI_EXPORT fmi2Status fmi2GetBoolean(fmi2Component component, const fmi2ValueReference references[],
                                     size_t count, fmi2Boolean values[]) {
  return Get(component, references, count, values, [](Unit& unit, unsigned reference) {
    return static_cast<fmi2Boolean>(unit.Number(reference) != 0.0);
  });
}

FMI_EXPORT fmi2Status fmi2GetString(fmi2Component component, const fmi2ValueReference references[],
                                    size_t count, fmi2String values[]) {
  return Get(component, references, count, values,
             [](Unit& unit, unsigned reference) { return unit.Text(reference).c_str(); });
}

FMI_EXPORT fmi2Status fmi2SetReal(fmi2Component component, const fmi2ValueReference references[],
                                  size_t count, const fmi2Real values[]) {
  return Set(component, references, count, values, [](double value) { return Value(value); });
}

FMI_EXPORT fmi2Status fmi2SetInteger(fmi2Component component, const fmi2ValueReference references[],
                                     size_t count, const fmi2Integer values[]) {
  return Set(component, references, count, values, [](int value) { return Value(value); });
}

FMI_EXPORT fmi2Status fmi2SetBoolean(fmi2Component component, const fmi2ValueReference references[],
                                     size_t count, const fmi2Boolean values[]) {
  return Set(component, references, count, values, [](int value) { return Value(value != 0); });
}

FMI_EXPORT fmi2Status fmi2SetString(fmi2Component component, const fmi2ValueReference references[],
                                    size_t count, const fmi2String values[]) {
  return Set(component, references, count, values,
             [](const char* value) { return Value(value ? value : ""); });
}

// ---- Its steps ----------------------------------------------------------------------------------

FMI_EXPORT fmi2Status fmi2DoStep(fmi2Component component, fmi2Real time, fmi2Real step,
                                 fmi2Boolean) {
  bool done = true;
  const fmi2Status status =
      Guard(component, [&](Instance& instance) { done = instance.unit->Step(time, step); });
  if (done) return status;
  Tell(*static_cast<Instance*>(component), fmi2Discard, "the episode is over");
  return fmi2Discard;
}

FMI_EXPORT fmi2Status fmi2CancelStep(fmi2Component component) {
  return NotOffered(component, "fmi2CancelStep");
}

FMI_EXPORT fmi2Status fmi2GetStatus(fmi2Component component, fmi2StatusKind, fmi2Status*) {
  return NotOffered(component, "fmi2GetStatus");
}

FMI_EXPORT fmi2Status fmi2GetRealStatus(fmi2Component component, fmi2StatusKind kind,
                                        fmi2Real* value) {
  if (kind != fmi2LastSuccessfulTime) return NotOffered(component, "fmi2GetRealStatus");
  return Guard(component, [&](Instance& instance) { *value = instance.unit->time(); });
}

FMI_EXPORT fmi2Status fmi2GetBooleanStatus(fmi2Component component, fmi2StatusKind kind,
                                           fmi2Boolean* value) {
  if (kind != fmi2Terminated) return NotOffered(component, "fmi2GetBooleanStatus");
  return Guard(component, [&](Instance& instance) { *value = instance.unit->ended(); });
}

FMI_EXPORT fmi2Status fmi2GetIntegerStatus(fmi2Component component, fmi2StatusKind, fmi2Integer*) {
  return NotOffered(component, "fmi2GetIntegerStatus");
}

FMI_EXPORT fmi2Status fmi2GetStringStatus(fmi2Component component, fmi2StatusKind, fmi2String*) {
  return NotOffered(component, "fmi2GetStringStatus");
}

FMI_EXPORT fmi2Status fmi2GetDirectionalDerivative(fmi2Component component,
                                                   const fmi2ValueReference[], size_t,
                                                   const fmi2ValueReference[], size_t,
                                                   const fmi2Real[], fmi2Real[]) {
  return NotOffered(component, "fmi2GetDirectionalDerivative");
}

FMI_EXPORT fmi2Status fmi2SetRealInputDerivatives(fmi2Component component,
                                                  const fmi2ValueReference[], size_t,
                                                  const fmi2Integer[], const fmi2Real[]) {
  return NotOffered(component, "fmi2SetRealInputDerivatives");
}

FMI_EXPORT fmi2Status fmi2GetRealOutputDerivatives(fmi2Component component,
                                                   const fmi2ValueReference[], size_t,
                                                   const fmi2Integer[], fmi2Real[]) {
  return NotOffered(component, "fmi2GetRealOutputDerivatives");
}

// ---- Its state ----------------------------------------------------------------------------------

FMI_EXPORT fmi2Status fmi2GetFMUstate(fmi2Component component, fmi2FMUstate* state) {
  return Guard(component, [&](Instance& instance) {
    UnitState saved = instance.unit->Save();
    if (*state) {
      *static_cast<UnitState*>(*state) = std::move(saved);
    } else {
      *state = new UnitState(std::move(saved));
    }
  });
}

FMI_EXPORT fmi2Status fmi2SetFMUstate(fmi2Component component, fmi2FMUstate state) {
  return Guard(component, [&](Instance& instance) {
    if (!state) throw InputError("fmi2SetFMUstate: no state is given");
    instance.unit->Restore(*static_cast<UnitState*>(state));
  });
}

FMI_EXPORT fmi2Status fmi2FreeFMUstate(fmi2Component, fmi2FMUstate* state) {
  if (state) {
    delete static_cast<UnitState*>(*state);
    *state = nullptr;
  }
  return fmi2OK;
}

FMI_EXPORT fmi2Status fmi2SerializedFMUstateSize(fmi2Component component, fmi2FMUstate state,
                                                 size_t* size) {
  return Guard(component, [&](Instance&) {
    if (!state) throw InputError("fmi2SerializedFMUstateSize: no state is given");
    *size = SizeOf(*static_cast<UnitState*>(state));
  });
}

FMI_EXPORT fmi2Status fmi2SerializeFMUstate(fmi2Component component, fmi2FMUstate state,
                                            fmi2Byte bytes[], size_t size) {
  return Guard(component, [&](Instance&) {
    if (!state || size < SizeOf(*static_cast<UnitState*>(state))) {
      throw InputError("fmi2SerializeFMUstate: no state, or too little room for it");
    }
    Write(*static_cast<UnitState*>(state), bytes);
  });
}

FMI_EXPORT fmi2Status fmi2DeSerializeFMUstate(fmi2Component component, const fmi2Byte bytes[],
                                              size_t size, fmi2FMUstate* state) {
  return Guard(component,
               [&](Instance&) { *state = new UnitState(flyball::fmi::Read(bytes, size)); });
}
