#include "physics/numeric/isa.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

bool CanRunV3() {
#if defined(FLYBALL_HAS_V3)
  // Fused products are never used, but a processor without them is not of this level.
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

bool CanRunV4() {
#if defined(FLYBALL_HAS_V3)
  return CanRunV3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

bool CanRun(Isa isa) {
  return isa == Isa::kBase || (isa == Isa::kV3 && CanRunV3()) || (isa == Isa::kV4 && CanRunV4());
}

}  // namespace

const char* IsaName(Isa isa) { return isa == Isa::kV4 ? "v4" : isa == Isa::kV3 ? "v3" : "base"; }

Isa BestIsa() {
  const char* wanted = std::getenv("FLYBALL_ISA");
  const std::string name = wanted ? wanted : "";
  std::vector<std::string> known;
  for (const Isa isa : {Isa::kV4, Isa::kV3, Isa::kBase}) {
    known.insert(known.begin(), IsaName(isa));
    if (name.empty() && CanRun(isa)) return isa;
    if (name == IsaName(isa)) {
      if (CanRun(isa)) return isa;
      throw InputError("FLYBALL_ISA=" + name + ": this build or this processor has no x86-64-" +
                       name + "; use base");
    }
  }
  throw InputError(UnknownName("FLYBALL_ISA", name, known));
}

}  // namespace flyball
