# The Bullet engine: Bullet's sources (or the system's float64 build) and ours, once per instruction
# set, every symbol but the factory hidden. -O3: measured 1.2 to 1.4 times faster than -O2.
set(_bullet_dir ${CMAKE_CURRENT_LIST_DIR})
file(GLOB _bullet_sources CONFIGURE_DEPENDS ${_bullet_dir}/*.cc)
set(_bullet_chooser ${_bullet_dir}/engine.cc)  # picks a build at run time; itself the base library's
list(REMOVE_ITEM _bullet_sources ${_bullet_chooser})
target_sources(flyball PRIVATE ${_bullet_chooser})

set(_bullet_definitions BT_USE_DOUBLE_PRECISION)
add_library(flyball_bullet_headers INTERFACE)
target_compile_definitions(flyball_bullet_headers INTERFACE ${_bullet_definitions})
if(EXISTS ${BULLET_SOURCE_DIR}/btBulletDynamicsAll.cpp)
  target_include_directories(flyball_bullet_headers SYSTEM INTERFACE ${BULLET_SOURCE_DIR})
  # The macro makes of btGjkPairDetector's `static btVector3 ccd_vec3_origin(0, 0, 0);` a variable
  # that is zero without being initialised at start-up.
  set(_prologue "#define ccd_vec3_origin(x, y, z) ccd_vec3_origin")
  # Bullet's own unity files, without the parts that we never call and that bring static initialisers.
  foreach(_unit LinearMath BulletCollision BulletDynamics)
    file(STRINGS ${BULLET_SOURCE_DIR}/bt${_unit}All.cpp _lines REGEX "^#include")
    list(FILTER _lines EXCLUDE REGEX
         "Gimpact/|Vehicle/|Character/|MLCP|Mt\\.cpp|btBatched|btThreads|btConeTwist|btHinge|DynamicsWorld")
    list(JOIN _lines "\n" _text)
    file(CONFIGURE OUTPUT bullet/bt${_unit}.cpp CONTENT "${_prologue}\n${_text}\n" @ONLY)
    list(APPEND _bullet_sources ${CMAKE_CURRENT_BINARY_DIR}/bullet/bt${_unit}.cpp)
    set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/bullet/bt${_unit}.cpp
                                PROPERTIES COMPILE_OPTIONS "-w")
  endforeach()
else()
  target_link_libraries(flyball_bullet_headers INTERFACE PkgConfig::BULLET)
  target_link_libraries(flyball PRIVATE PkgConfig::BULLET)
endif()

flyball_add_isa_objects(flyball_bullet
  SOURCES ${_bullet_sources}
  KEEP flyball_bullet_*
  LIBRARIES flyball_bullet_headers flyball_mujoco Eigen3::Eigen
  OPTIONS -O3 PRECOMPILE)

# Bullet once more, whole, in its own dynamics world: what scripts/bench holds ours against. Built for the
# instruction set that ours runs with on most machines.
if(FLYBALL_BUILD_TESTS)
  add_library(flyball_bare_bullet STATIC EXCLUDE_FROM_ALL
    ${PROJECT_SOURCE_DIR}/scripts/bare_bullet.cc ${_bullet_dir}/bodies.cc ${_bullet_dir}/inertial.cc
    ${_bullet_dir}/pairs.cc ${_bullet_dir}/shapes.cc ${_bullet_dir}/tree.cc)
  if(EXISTS ${BULLET_SOURCE_DIR}/btBulletDynamicsAll.cpp)
    foreach(_unit LinearMath BulletCollision BulletDynamics)
      target_sources(flyball_bare_bullet PRIVATE ${BULLET_SOURCE_DIR}/bt${_unit}All.cpp)
      set_source_files_properties(${BULLET_SOURCE_DIR}/bt${_unit}All.cpp PROPERTIES COMPILE_OPTIONS "-w")
    endforeach()
  endif()
  target_include_directories(flyball_bare_bullet PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(flyball_bare_bullet PRIVATE -O3)
  if("v3" IN_LIST FLYBALL_ISAS)
    target_compile_options(flyball_bare_bullet PRIVATE -march=x86-64-v3 -mno-fma -mprefer-vector-width=256)
  endif()
  target_link_libraries(flyball_bare_bullet PRIVATE flyball_bullet_headers flyball_mujoco Eigen3::Eigen)
endif()
