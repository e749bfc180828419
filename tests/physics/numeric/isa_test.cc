#include "physics/numeric/isa.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "physics/numeric/error.h"
#include "tests/physics/numeric/lanes_probe.h"

namespace flyball {
namespace {

// Sets FLYBALL_ISA for one scope.
class ScopedIsa {
 public:
  explicit ScopedIsa(const char* value) {
    if (const char* before = std::getenv("FLYBALL_ISA")) before_ = before;
    setenv("FLYBALL_ISA", value, 1);
  }
  ~ScopedIsa() {
    if (before_.empty()) {
      unsetenv("FLYBALL_ISA");
    } else {
      setenv("FLYBALL_ISA", before_.c_str(), 1);
    }
  }

 private:
  std::string before_;
};

TEST_CASE("FLYBALL_ISA overrides the processor's best", "[isa]") {
  ScopedIsa scope("base");
  CHECK(BestIsa() == Isa::kBase);
}

TEST_CASE("An unknown FLYBALL_ISA is answered with the nearest known", "[isa]") {
  ScopedIsa scope("v33");
  CHECK_THROWS_AS(BestIsa(), InputError);
  CHECK_THROWS_WITH(BestIsa(), Catch::Contains("'v3'"));
}

TEST_CASE("A kernel built for the best instruction set runs on this processor", "[isa]") {
  LanesProbe* probe = &flyball_kernel_lanes_probe_base;
#if defined(FLYBALL_HAS_V3)
  if (BestIsa() >= Isa::kV3) probe = &flyball_kernel_lanes_probe_v3;
#endif
  const double x[3] = {1, -4, 9};
  double out[3];
  probe(3, LanesFunction::kAbs, x, x, out, 3);
  CHECK(out[1] == 4.0);
  CHECK(std::string(IsaName(Isa::kV3)) == "v3");
}

}  // namespace
}  // namespace flyball
