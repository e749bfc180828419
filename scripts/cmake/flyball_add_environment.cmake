# flyball_add_environment(NAME SOURCES a.cc ...)
#
# Builds a shared module of environments that lives outside flyball's tree: NAME.so, which registers
# its ids when it is loaded, by flyball::LoadPlugin("NAME.so") in C++ or flyball.load("NAME.so") in
# Python. It is compiled by the rules that make results repeat: no contraction, no fast math, and
# the instruction set of libflyball's base build.
function(flyball_add_environment name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "usage: flyball_add_environment(NAME SOURCES a.cc ...)")
  endif()
  add_library(${name} MODULE ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES PREFIX "")
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_definitions(${name} PRIVATE FLYBALL_ISA=base FLYBALL_ISA_WIDTH=8)
  target_compile_options(${name} PRIVATE -ffp-contract=off -fno-math-errno)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(${name} PRIVATE -march=x86-64-v2 -mtune=generic)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${name} PRIVATE -fno-gnu-unique -Wno-psabi)
  endif()
  # SLEEF: libflyball's own copy when installed, the system's inside flyball's tree.
  if(TARGET flyball_sleef)
    set(sleef flyball_sleef)
  else()
    set(sleef PkgConfig::SLEEF)
  endif()
  target_link_libraries(${name} PRIVATE flyball::flyball ${sleef})
endfunction()
