# Kernels live in src/kernels/<folder>/<name><suffix>.c; the suffix is the instruction set, and each set brings its own flags
# and one definition by which the dispatcher knows that its kernels are linked in. `ref` is always there.

include(CheckCCompilerFlag)

# bedside_kernel_sources(<sources> <definitions>): what this target compiles.
function(bedside_kernel_sources out_sources out_definitions)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/kernels/ref/*.c")
  set(definitions)

  macro(instruction_set folder suffix definition)
    file(GLOB found CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/kernels/${folder}/*_${suffix}.c")
    if(found)
      list(APPEND sources ${found})
      list(APPEND definitions ${definition})
      if(NOT "${ARGN}" STREQUAL "")
        set_source_files_properties(${found} PROPERTIES COMPILE_OPTIONS "${ARGN}")
      endif()
    endif()
  endmacro()

  if(NOT BEDSIDE_SCALAR)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
      instruction_set(x86 avx2 BDS_HAVE_AVX2 -mavx2)
      check_c_compiler_flag(-mavxvnni BEDSIDE_KNOWS_AVX_VNNI) # gcc 11, clang 12
      if(BEDSIDE_KNOWS_AVX_VNNI)
        instruction_set(x86 avxvnni BDS_HAVE_AVX_VNNI -mavx2 -mavxvnni)
      endif()
      check_c_compiler_flag(-mavx512vnni BEDSIDE_KNOWS_AVX512_VNNI)
      if(BEDSIDE_KNOWS_AVX512_VNNI)
        instruction_set(x86 avx512vnni BDS_HAVE_AVX512_VNNI -mavx2 -mavx512vl -mavx512vnni)
      endif()
    elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "wasm32")
      instruction_set(wasm simd128 BDS_HAVE_SIMD128 -msimd128)
      if(BEDSIDE_RELAXED AND CMAKE_C_COMPILER_VERSION VERSION_LESS 19) # of clang, the one inside Emscripten too
        message("This compiler does not know relaxed SIMD (clang 19 does, or Emscripten 3.1.69): the relaxed module gets the simd128 kernels.")
      elseif(BEDSIDE_RELAXED)
        instruction_set(wasm relaxed BDS_HAVE_RELAXED -msimd128 -mrelaxed-simd)
      endif()
    elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
      if(CMAKE_C_COMPILER_ID STREQUAL GNU) # it would load all of a tile before it computes, and run out of registers
        set(in_order -fno-schedule-insns)
      endif()
      instruction_set(arm neon BDS_HAVE_NEON ${in_order})
      instruction_set(arm dotprod BDS_HAVE_DOTPROD -march=armv8.2-a+dotprod ${in_order})
    elseif(BEDSIDE_ARM_MVE)
      instruction_set(mcu mve BDS_HAVE_MVE -O2)
    elseif(BEDSIDE_ARM_DSP OR BEDSIDE_CPU STREQUAL "cortex-m3")
      instruction_set(mcu v7m BDS_HAVE_V7M -O2)
      if(BEDSIDE_ARM_DSP)
        instruction_set(mcu dsp BDS_HAVE_ARM_DSP -O2)
      endif()
    endif()
  endif()

  set(${out_sources} ${sources} PARENT_SCOPE)
  set(${out_definitions} ${definitions} PARENT_SCOPE)
endfunction()
