# bedside_firmware_sources(<variable>): the runtime's sources for firmware, for build systems with libraries of their own. Include path:
# src. Kernels for some processors only stand under the compiler's own macros (BDS_FAMILY in bedside.h), so that one list serves all.
# bedside_ecg_sources(<variable>): the ECG chain's.

set(BEDSIDE_ROOT "${CMAKE_CURRENT_LIST_DIR}/..")
get_filename_component(BEDSIDE_ROOT "${BEDSIDE_ROOT}" ABSOLUTE)

function(bedside_firmware_sources variable)
  file(GLOB sources CONFIGURE_DEPENDS "${BEDSIDE_ROOT}/src/*.c" "${BEDSIDE_ROOT}/src/kernels/*.c" "${BEDSIDE_ROOT}/src/kernels/ref/*.c")
  # Pictures in files, and what only machines with SIMD of their own use.
  list(FILTER sources EXCLUDE REGEX "/(decode|jpeg|png|panels|planes)\\.c$")
  foreach(kind v7m dsp mve)
    file(GLOB found CONFIGURE_DEPENDS "${BEDSIDE_ROOT}/src/kernels/mcu/*_${kind}.c")
    foreach(source ${found})
      get_filename_component(name "${source}" NAME)
      set(guarded "${CMAKE_CURRENT_BINARY_DIR}/bedside_kernels/${name}")
      file(CONFIGURE OUTPUT "${guarded}" CONTENT "#include \"bedside.h\"\n#if ${BEDSIDE_WHERE_${kind}}\n#include \"${source}\"\n#endif\n" @ONLY)
      list(APPEND sources "${guarded}")
    endforeach()
  endforeach()
  set(${variable} ${sources} PARENT_SCOPE)
endfunction()
set(BEDSIDE_WHERE_v7m "BDS_FAMILY == BDS_FAMILY_V7M || BDS_FAMILY == BDS_FAMILY_DSP")
set(BEDSIDE_WHERE_dsp "BDS_FAMILY == BDS_FAMILY_DSP")
set(BEDSIDE_WHERE_mve "BDS_FAMILY == BDS_FAMILY_MVE")

function(bedside_ecg_sources variable)
  file(GLOB sources CONFIGURE_DEPENDS "${BEDSIDE_ROOT}/src/ecg/*.c")
  set(${variable} ${sources} PARENT_SCOPE)
endfunction()
