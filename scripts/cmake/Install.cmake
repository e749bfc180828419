# What is installed, twice: as a relocatable C++ package (`find_package(flyball)`, component `cpp`),
# and inside the wheel (component `python`, where scikit-build-core sets SKBUILD and the prefix is the
# package's own folder). Both carry private copies of MuJoCo and SLEEF beside libflyball, found by
# RPATH, so that neither Python nor a system-wide MuJoCo is needed.
include(CMakePackageConfigHelpers)
set(_private_libraries ${MUJOCO_DIR}/libmujoco.so.4.0.0)
get_filename_component(_sleef "${FLYBALL_SLEEF_LIBRARY}" REALPATH)
if(_sleef)
  list(APPEND _private_libraries ${_sleef})
endif()
