# flyball_precompile(TARGET [<header> ...])
#
# Precompiles the standard library's headers that nearly every source reads, and those named, for the
# target: a quarter of the time of a build. Only headers that never change are listed, so that no
# source is compiled again for one it does not include; and every source still includes what it
# uses, which the presets without precompiled headers (debug and the sanitizers) hold it to.
function(flyball_precompile target)
  target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <complex> <cstdint>
    <cstring> <filesystem> <fstream> <functional> <limits> <map> <memory> <mutex> <numeric>
    <optional> <set> <span> <sstream> <stdexcept> <string> <string_view> <thread> <utility>
    <variant> <vector> ${ARGN})
endfunction()

# ccache stores what is compiled with precompiled headers only if told that it may; and what it
# remembers shall not depend on where the checkout lies.
if(CMAKE_CXX_COMPILER_LAUNCHER MATCHES "ccache$")
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
