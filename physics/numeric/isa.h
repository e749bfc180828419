// Kernels (sources named *_kernel.cc) are compiled once per instruction set by
// flyball_add_isa_objects() in scripts/cmake/Isa.cmake; which one runs is decided here at run time.
// All give the same bits, so the choice is one of speed alone.
#ifndef FLYBALL_PHYSICS_NUMERIC_ISA_H_
#define FLYBALL_PHYSICS_NUMERIC_ISA_H_

namespace flyball {

// kBase: what the whole library needs (x86-64-v2, or any other processor). kV3: x86-64-v3 (AVX2).
// kV4: x86-64-v4 (AVX-512), for which not all kernels are built; the others then run as kV3.
enum class Isa { kBase, kV3, kV4 };

// "base", "v3" or "v4".
const char* IsaName(Isa isa);

// The best instruction set that was built and that this processor runs. The environment variable
// FLYBALL_ISA=base|v3|v4 overrides it (for tests); throws InputError if it is unknown or cannot run.
Isa BestIsa();

}  // namespace flyball

// Inside a kernel source: FLYBALL_ISA_SYMBOL(pmsm) is flyball_kernel_pmsm_base, and, compiled the
// second time, flyball_kernel_pmsm_v3. Defined extern "C", such symbols can be seen from outside;
// all others become local. A kernel source must have no static initialisers: those of the newer
// build would run on any processor.
#define FLYBALL_ISA_SYMBOL(name) FLYBALL_ISA_SYMBOL_JOIN_(name, FLYBALL_ISA)
#define FLYBALL_ISA_SYMBOL_JOIN_(name, isa) FLYBALL_ISA_SYMBOL_PASTE_(name, isa)
#define FLYBALL_ISA_SYMBOL_PASTE_(name, isa) flyball_kernel_##name##_##isa

#endif  // FLYBALL_PHYSICS_NUMERIC_ISA_H_
