# flyball_add_isa_objects(NAME SOURCES a.cc ... [TARGET target] [KEEP pattern] [LIBRARIES lib ...]
#                         [OPTIONS flag ...] [V4] [PRECOMPILE])
#
# Compiles the sources once per instruction set and adds the objects to TARGET (default flyball).
# Each set's objects are linked into one relocatable object in which every symbol is local except
# those that match KEEP (default flyball_kernel_*), so that no template or inline function compiled
# for a newer processor can be picked by the linker for an older one. FLYBALL_ISA is defined to the
# set's name: `base` for the whole library's target, `v3` for x86-64-v3, and with V4 also `v4` for
# x86-64-v4. See physics/numeric/isa.h. PRECOMPILE pays for itself from five sources on.
set(_isas base)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND NOT FLYBALL_SANITIZE)
  list(APPEND _isas v3)
endif()
set(FLYBALL_ISAS "${_isas}" CACHE STRING "Instruction sets the kernels are built for")

if("v3" IN_LIST FLYBALL_ISAS)
  add_compile_definitions(FLYBALL_HAS_V3)  # and v4, where a kernel asks for it
endif()

function(flyball_add_isa_objects name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "V4;PRECOMPILE" "TARGET;KEEP" "SOURCES;LIBRARIES;OPTIONS")
  if(NOT arg_TARGET)
    set(arg_TARGET flyball)
  endif()
  if(NOT arg_KEEP)
    set(arg_KEEP "flyball_kernel_*")
  endif()
  set(isas ${FLYBALL_ISAS})
  if(arg_V4 AND "v3" IN_LIST isas)
    list(APPEND isas v4)
  endif()
  foreach(isa ${isas})
    set(object_library ${name}_${isa})
    add_library(${object_library} OBJECT ${arg_SOURCES})
    target_include_directories(${object_library} PRIVATE ${PROJECT_SOURCE_DIR})
    # Lanes per kernel variable: enough to hide latencies, few enough to stay in registers.
    set(width $<IF:$<STREQUAL:${isa},base>,8,16>)
    target_compile_definitions(${object_library} PRIVATE FLYBALL_ISA=${isa} FLYBALL_ISA_WIDTH=${width})
    target_compile_options(${object_library} PRIVATE ${arg_OPTIONS})
    target_link_libraries(${object_library} PRIVATE ${arg_LIBRARIES})
    if(arg_PRECOMPILE)
      flyball_precompile(${object_library})
    endif()
    if(isa STREQUAL "v3")
      # Copies of lanes by whole registers: halves that are stored apart cannot be forwarded to a load.
      # No -mfma: a fused product would change bits, and -ffp-contract=off forbids it anyway.
      target_compile_options(${object_library} PRIVATE -march=x86-64-v3 -mno-fma -mprefer-vector-width=256
                             -mmove-max=256 -mstore-max=256)
    elseif(isa STREQUAL "v4")
      # AVX-512 has fused products of its own, and GCC 12 makes some of sums and differences that it finds
      # side by side, whatever -ffp-contract says.
      target_compile_options(${object_library} PRIVATE -march=x86-64-v4 -mno-fma -mprefer-vector-width=512
                             -mmove-max=512 -mstore-max=512 -fno-tree-slp-vectorize)
    endif()
    if(FLYBALL_SANITIZE)
      target_link_libraries(${arg_TARGET} PRIVATE ${object_library})
    else()
      set(object ${CMAKE_CURRENT_BINARY_DIR}/${object_library}.o)
      # Precompiled headers count as objects of a library, too.
      set(objects $<FILTER:$<TARGET_OBJECTS:${object_library}>,EXCLUDE,[.][gp]ch$>)
      # A static initialiser of a newer object would run on every processor, so none is let in.
      add_custom_command(
        OUTPUT ${object}
        COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o ${object} ${objects}
        COMMAND ${CMAKE_OBJCOPY} --wildcard -G ${arg_KEEP} ${object}
        COMMAND sh -c "! ${CMAKE_OBJDUMP} -h ${object} | grep -E 'init_array|[.]ctors' || (echo '${name}: kernel sources must have no static initialisers' && rm ${object} && false)"
        COMMAND sh -c "! ${CMAKE_OBJDUMP} -d --no-show-raw-insn ${object} | grep -m1 -E '[[:space:]]vfn?m(add|sub)' || (echo '${name}: kernels must have no fused products' && rm ${object} && false)"
        DEPENDS ${object_library} ${objects}
        COMMAND_EXPAND_LISTS VERBATIM)
      # A rule serves only targets of its own folder: a target here carries it to one elsewhere.
      add_custom_target(${object_library}_object DEPENDS ${object})
      add_dependencies(${arg_TARGET} ${object_library}_object)
      target_sources(${arg_TARGET} PRIVATE ${object})
      set_source_files_properties(${object} TARGET_DIRECTORY ${arg_TARGET}
        PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
    endif()
  endforeach()
endfunction()
