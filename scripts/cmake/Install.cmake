# What is installed, twice: as a relocatable C++ package (`find_package(flyball)`), and inside the
# wheel, where scikit-build-core sets SKBUILD and the prefix is the package's own folder. Both carry
# their own MuJoCo, SLEEF and GLFW, found by RPATH, so that neither Python nor a system-wide MuJoCo is
# needed and none of theirs is disturbed.
include(CMakePackageConfigHelpers)
include(Licenses)

# Assets are looked up from where libflyball lies (physics/numeric/assets.h); in the build tree they
# are a link beside it.
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/assets ${PROJECT_BINARY_DIR}/assets SYMBOLIC)

find_library(FLYBALL_SLEEF_LIBRARY sleef HINTS ${SLEEF_LIBRARY_DIRS} REQUIRED)
set(private_libraries ${MUJOCO_DIR}/libmujoco.so.4.0.0)
# The file under its SONAME (libsleef.so.3), which is the name libflyball asks for.
file(GLOB sleef_names ${FLYBALL_SLEEF_LIBRARY}.[0-9])
list(GET sleef_names 0 sleef_soname)
file(REAL_PATH ${sleef_soname} sleef_file)
cmake_path(GET sleef_soname FILENAME sleef_soname)

function(flyball_install_private_libraries destination component)
  install(FILES ${private_libraries} DESTINATION ${destination} COMPONENT ${component})
  install(FILES ${sleef_file} RENAME ${sleef_soname} DESTINATION ${destination}
          COMPONENT ${component})
endfunction()

# The viewer's library, and the GLFW it loads. libflyball looks for it here, and needs it for windows only.
function(flyball_install_viewer destination component rpath)
  if(NOT TARGET flyball_viewer)
    return()
  endif()
  set_target_properties(flyball_viewer PROPERTIES INSTALL_RPATH "${rpath}")
  install(TARGETS flyball_viewer LIBRARY DESTINATION ${destination} COMPONENT ${component})
  get_target_property(glfw_file glfw LOCATION)
  file(REAL_PATH ${glfw_file} glfw_file)
  install(FILES ${glfw_file} RENAME libglfw.so.3 DESTINATION ${destination} COMPONENT ${component})
endfunction()

if(SKBUILD)
  set_target_properties(flyball PROPERTIES INSTALL_RPATH "$ORIGIN")
  install(TARGETS flyball LIBRARY DESTINATION . COMPONENT python)
  flyball_install_viewer(. python "$ORIGIN")
  flyball_install_private_libraries(. python)
  install(DIRECTORY assets/ DESTINATION assets COMPONENT python)
  install(DIRECTORY ${FLYBALL_LICENSES} DESTINATION . COMPONENT python)
  install(FILES bindings/c/flyball.h DESTINATION include COMPONENT python)
  if(TARGET _core)
    set_target_properties(_core PROPERTIES INSTALL_RPATH "$ORIGIN")
    install(TARGETS _core LIBRARY DESTINATION . COMPONENT python)
    set_target_properties(flyball_fmu PROPERTIES INSTALL_RPATH "$ORIGIN")
    install(TARGETS flyball_fmu LIBRARY DESTINATION . COMPONENT python)
  endif()
  return()
endif()

set(private_dir ${CMAKE_INSTALL_LIBDIR}/flyball)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/flyball)
set_target_properties(flyball PROPERTIES INSTALL_RPATH "$ORIGIN;$ORIGIN/flyball")
install(TARGETS flyball EXPORT flyball LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT cpp)
flyball_install_private_libraries(${private_dir} cpp)
flyball_install_viewer(${private_dir} cpp "$ORIGIN/..;$ORIGIN")
install(DIRECTORY physics render envs DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/flyball COMPONENT cpp
        FILES_MATCHING PATTERN "*.h" PATTERN "bullet" EXCLUDE PATTERN "window" EXCLUDE)
# The C face stands beside the C++ headers: #include <flyball.h>.
install(FILES bindings/c/flyball.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT cpp)
install(DIRECTORY assets/ DESTINATION ${CMAKE_INSTALL_DATADIR}/flyball COMPONENT cpp)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/flyball COMPONENT cpp)
install(DIRECTORY ${FLYBALL_LICENSES} DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT cpp)

install(EXPORT flyball FILE flyballTargets.cmake NAMESPACE flyball:: DESTINATION ${package_dir}
        COMPONENT cpp)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/flyballConfig.cmake.in
  ${PROJECT_BINARY_DIR}/flyballConfig.cmake INSTALL_DESTINATION ${package_dir}
  PATH_VARS private_dir)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/flyballConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/flyballConfig.cmake
              ${PROJECT_BINARY_DIR}/flyballConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/flyball_add_environment.cmake
        DESTINATION ${package_dir} COMPONENT cpp)
