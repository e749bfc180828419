// What of the Functional Mock-up Interface 2.0 a co-simulation unit needs: its types and constants,
// written down from the standard (section 2 and 4 of FMI 2.0.4), so that no header of theirs is.
#ifndef FLYBALL_BINDINGS_FMI_FMI2_H_
#define FLYBALL_BINDINGS_FMI_FMI2_H_

#include <cstddef>

extern "C" {

using fmi2Component = void*;
using fmi2ComponentEnvironment = void*;
using fmi2FMUstate = void*;
using fmi2ValueReference = unsigned int;
using fmi2Real = double;
using fmi2Integer = int;
using fmi2Boolean = int;
using fmi2Byte = char;
using fmi2String = const char*;

enum fmi2Status { fmi2OK, fmi2Warning, fmi2Discard, fmi2Error, fmi2Fatal, fmi2Pending };
enum fmi2Type { fmi2ModelExchange, fmi2CoSimulation };
enum fmi2StatusKind { fmi2DoStepStatus, fmi2PendingStatus, fmi2LastSuccessfulTime, fmi2Terminated };

struct fmi2CallbackFunctions {
  void (*logger)(fmi2ComponentEnvironment, fmi2String instance, fmi2Status, fmi2String category,
                 fmi2String message, ...);
  void* (*allocateMemory)(size_t, size_t);
  void (*freeMemory)(void*);
  void (*stepFinished)(fmi2ComponentEnvironment, fmi2Status);
  fmi2ComponentEnvironment componentEnvironment;
};

}  // extern "C"

#endif  // FLYBALL_BINDINGS_FMI_FMI2_H_
