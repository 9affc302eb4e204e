# The runtime's sources for firmware. Include path: src.
#
# bedside_mcu_sources(<variable>): kernels for single families of microcontrollers. Each stands under the compiler's own macros
# (BDS_FAMILY in bedside.h), so that one list serves all processors. They want -O2 where the rest is -Os.
# bedside_firmware_sources(<variable>): all of the runtime, these among it, for build systems with libraries of their own.
# bedside_ecg_sources(<variable>): the ECG chain.

get_filename_component(BEDSIDE_ROOT "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)

# Where the files of a suffix stand, as in scripts/amalgamation/switches.mjs.
set(BEDSIDE_WHERE_v7m "BDS_FAMILY == BDS_FAMILY_V7M || BDS_FAMILY == BDS_FAMILY_DSP")
set(BEDSIDE_WHERE_dsp "BDS_FAMILY == BDS_FAMILY_DSP")
set(BEDSIDE_WHERE_mve "BDS_FAMILY == BDS_FAMILY_MVE")

function(bedside_mcu_sources variable)
  set(sources)
  foreach(suffix v7m dsp mve)
    file(GLOB found CONFIGURE_DEPENDS "${BEDSIDE_ROOT}/src/kernels/mcu/*_${suffix}.c")
    foreach(source ${found})
      get_filename_component(name "${source}" NAME)
      set(guarded "${CMAKE_CURRENT_BINARY_DIR}/bedside_kernels/${name}")
      file(CONFIGURE OUTPUT "${guarded}" @ONLY CONTENT
        "#include \"bedside.h\"\n#if ${BEDSIDE_WHERE_${suffix}}\n#include \"${source}\"\n#endif\n")
      list(APPEND sources "${guarded}")
    endforeach()
  endforeach()
  set(${variable} ${sources} PARENT_SCOPE)
endfunction()

function(bedside_firmware_sources variable)
  file(GLOB sources CONFIGURE_DEPENDS "${BEDSIDE_ROOT}/src/*.c" "${BEDSIDE_ROOT}/src/kernels/*.c" "${BEDSIDE_ROOT}/src/kernels/ref/*.c")
  # Pictures in files, and what only machines with SIMD of their own use.
  list(FILTER sources EXCLUDE REGEX "/(decode|jpeg|png|panels|planes)\\.c$")
  bedside_mcu_sources(kernels)
  set(${variable} ${sources} ${kernels} PARENT_SCOPE)
endfunction()

function(bedside_ecg_sources variable)
  file(GLOB sources CONFIGURE_DEPENDS "${BEDSIDE_ROOT}/src/ecg/*.c")
  set(${variable} ${sources} PARENT_SCOPE)
endfunction()
