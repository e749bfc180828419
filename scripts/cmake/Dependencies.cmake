# Third-party libraries as imported targets. `scripts/setup` puts all of them on a bare Debian 12.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(nlohmann_json 3.9 REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
# In a wheel, which carries what no policy for wheels lets it expect, zstd is linked in whole.
if(SKBUILD)
  find_library(ZSTD_ARCHIVE libzstd.a HINTS ${ZSTD_LIBRARY_DIRS} REQUIRED)
  add_library(flyball_zstd STATIC IMPORTED)
  # Its symbols stay inside: that is what lets an archive of position-dependent code in, too.
  set_target_properties(flyball_zstd PROPERTIES
    IMPORTED_LOCATION ${ZSTD_ARCHIVE} INTERFACE_INCLUDE_DIRECTORIES "${ZSTD_INCLUDE_DIRS}"
    INTERFACE_LINK_OPTIONS -Wl,--exclude-libs,libzstd.a)
else()
  add_library(flyball_zstd ALIAS PkgConfig::ZSTD)
endif()
pkg_check_modules(SLEEF REQUIRED IMPORTED_TARGET sleef)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo)

# xxHash is used as a header (XXH_INLINE_ALL): nothing to link, nothing to carry along.
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)

# kissfft in double precision is header-only through its C++ template.
find_path(KISSFFT_INCLUDE_DIR kissfft.hh PATH_SUFFIXES kissfft REQUIRED)
add_library(flyball_kissfft INTERFACE)
target_include_directories(flyball_kissfft SYSTEM INTERFACE ${KISSFFT_INCLUDE_DIR})

# MuJoCo 4.0.0: headers and library inside the `mujoco-core` wheel. Its SONAME carries the version
# and there is no plain .so name, so it is linked by full path.
set(MUJOCO_DIR "" CACHE PATH "Folder with include/mujoco and libmujoco.so.4.0.0")
if(NOT MUJOCO_DIR)
  set(_pythons ${Python_EXECUTABLE} ${PYTHON_EXECUTABLE} ${PROJECT_SOURCE_DIR}/.venv/bin/python python3)
  foreach(_python ${_pythons})
    execute_process(
      COMMAND ${_python} -c "import importlib.util as u; print(u.find_spec('mujoco').submodule_search_locations[0])"
      OUTPUT_VARIABLE _dir OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE _failed)
    if(NOT _failed AND EXISTS ${_dir}/libmujoco.so.4.0.0)
      set(MUJOCO_DIR ${_dir} CACHE PATH "Folder with include/mujoco and libmujoco.so.4.0.0" FORCE)
      break()
    endif()
  endforeach()
endif()
if(NOT EXISTS ${MUJOCO_DIR}/libmujoco.so.4.0.0)
  message(FATAL_ERROR "MuJoCo 4.0.0 not found: pip install mujoco-core==4.0.0 or set MUJOCO_DIR")
endif()
add_library(flyball_mujoco SHARED IMPORTED GLOBAL)
set_target_properties(flyball_mujoco PROPERTIES
  IMPORTED_LOCATION ${MUJOCO_DIR}/libmujoco.so.4.0.0
  INTERFACE_INCLUDE_DIRECTORIES ${MUJOCO_DIR}/include)

# Bullet in double precision, either from source (the tree of the pybullet source distribution,
# three unity files) or as Debian's float64 build.
set(BULLET_SOURCE_DIR "${PROJECT_SOURCE_DIR}/.cache/bullet3/src" CACHE PATH
    "Bullet's src folder; empty to use the system's bullet-float64")
if(NOT EXISTS ${BULLET_SOURCE_DIR}/btBulletDynamicsAll.cpp)
  pkg_check_modules(BULLET REQUIRED IMPORTED_TARGET bullet-float64)
endif()

# The viewer's window. Dear ImGui is linked in; GLFW is carried along, like MuJoCo.
find_package(glfw3 3.3 QUIET)
pkg_check_modules(IMGUI QUIET imgui)
find_library(IMGUI_STATIC NAMES libimgui.a HINTS ${IMGUI_LIBRARY_DIRS})
find_library(STB_STATIC NAMES libstb.a HINTS ${IMGUI_LIBRARY_DIRS})
if(glfw3_FOUND AND IMGUI_FOUND AND IMGUI_STATIC AND STB_STATIC)
  set(FLYBALL_VIEWER_FOUND ON)
  add_library(flyball_imgui INTERFACE)
  target_include_directories(flyball_imgui SYSTEM INTERFACE ${IMGUI_INCLUDE_DIRS})
  target_link_libraries(flyball_imgui INTERFACE ${IMGUI_STATIC} ${STB_STATIC} ${CMAKE_DL_LIBS})
  target_link_options(flyball_imgui INTERFACE "LINKER:--exclude-libs,ALL")
endif()
