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

}  // namespace

const char* IsaName(Isa isa) { return isa == Isa::kV3 ? "v3" : "base"; }

Isa BestIsa() {
  const bool can_run_v3 = CanRunV3();
  const char* wanted = std::getenv("FLYBALL_ISA");
  if (!wanted || !*wanted) return can_run_v3 ? Isa::kV3 : Isa::kBase;

  const std::string name = wanted;
  if (name == "base") return Isa::kBase;
  if (name == "v3") {
    if (can_run_v3) return Isa::kV3;
    throw InputError("FLYBALL_ISA=v3: this build or this processor has no x86-64-v3; use base");
  }
  const std::vector<std::string> known = {"base", "v3"};
  throw InputError(UnknownName("FLYBALL_ISA", name, known));
}

}  // namespace flyball
