# Flags every target shares. Results must not depend on the instruction set, so products and sums
# are never fused and no value-changing optimisation is on; results must not depend on symbols of
# other libraries in the process, so no GNU-unique symbols.
add_compile_options(-Wall -Wextra -Wno-psabi -Wno-missing-field-initializers -ffp-contract=off -fno-math-errno)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC looks for garbage once it holds 128 MB, and most sources make more: a tenth of a build's time.
  add_compile_options(-fno-gnu-unique --param=ggc-min-heapsize=500000)
endif()
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug or RelWithDebInfo" FORCE)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(FLYBALL_BASE_FLAGS -march=x86-64-v2 -mtune=generic)
endif()
add_compile_options(${FLYBALL_BASE_FLAGS})
if(FLYBALL_SANITIZE)
  add_compile_options(-fsanitize=${FLYBALL_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${FLYBALL_SANITIZE})
endif()
