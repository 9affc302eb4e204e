# Networks as C, for firmware.
#
# bedside_add_network(<target> MODEL <file.bds> [NAME <name>]): a library of the sources that `bedside export-c` makes of a model, to link
# with. NAME (by default the target's) is what they are called: NAME.h, and in it the network NAME.
#
# bedside_network_sources(<variable> MODEL <file.bds> NAME <name>): for build systems with libraries of their own: the variable becomes the
# source's path, and <variable>_INCLUDE the folder of its header.
#
# The program runs on the machine that builds: it is the one of this build where that has it, else BEDSIDE_EXECUTABLE, else the one on
# PATH.

function(bedside_network_sources variable)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MODEL;NAME" "")
  if(NOT arg_MODEL OR NOT arg_NAME OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "bedside: a network needs MODEL <file.bds> and a name, and nothing else")
  endif()
  if(TARGET bedside_cli AND NOT CMAKE_CROSSCOMPILING)
    set(program $<TARGET_FILE:bedside_cli>)
    set(needed bedside_cli)
  else()
    find_program(BEDSIDE_EXECUTABLE bedside HINTS "${BEDSIDE_INSTALLED_PROGRAMS}" NO_CMAKE_FIND_ROOT_PATH
                 DOC "The program `bedside` of the machine that builds")
    if(NOT BEDSIDE_EXECUTABLE)
      message(FATAL_ERROR "The program `bedside` is needed on the machine that builds, to make C of ${arg_MODEL}: build it "
        "(cmake -B build && cmake --build build, in Bedside's folder) and give -DBEDSIDE_EXECUTABLE=FOLDER/build/bedside, or put it on PATH.")
    endif()
    set(program "${BEDSIDE_EXECUTABLE}")
    set(needed "${BEDSIDE_EXECUTABLE}")
  endif()
  get_filename_component(model "${arg_MODEL}" ABSOLUTE)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}.network")
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(OUTPUT "${folder}/${arg_NAME}.c" "${folder}/${arg_NAME}.h"
    COMMAND "${program}" export-c "${model}" -o "${folder}" --name "${arg_NAME}"
    DEPENDS "${model}" ${needed} COMMENT "${arg_NAME}: C from ${arg_MODEL}" VERBATIM)
  set(${variable} "${folder}/${arg_NAME}.c" PARENT_SCOPE)
  set(${variable}_INCLUDE "${folder}" PARENT_SCOPE)
endfunction()

function(bedside_add_network target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MODEL;NAME" "")
  if(NOT arg_NAME)
    set(arg_NAME ${target})
  endif()
  bedside_network_sources(network MODEL "${arg_MODEL}" NAME "${arg_NAME}" ${arg_UNPARSED_ARGUMENTS})
  add_library(${target} STATIC ${network})
  set_target_properties(${target} PROPERTIES C_STANDARD 11)
  target_include_directories(${target} PUBLIC "${network_INCLUDE}")
  target_link_libraries(${target} PUBLIC bedside::bedside)
endfunction()
