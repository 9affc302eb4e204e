# Arm Cortex-M, bare metal, run under QEMU with semihosting.
# BEDSIDE_CPU: the -mcpu name. BEDSIDE_MACHINE: the QEMU board. BEDSIDE_ARM_DSP: the core has the DSP instructions.
# BEDSIDE_CORE: the emulated core, where it is not the board's own. BEDSIDE_MEMORY: where the board has memory for code and for data,
# as "origin length origin length"; the vector table lies at the first origin. BEDSIDE_SMALL: it has tens of kilobytes.
# BEDSIDE_ARM_MVE: the core has the vectors of Helium. GCC knows them only under a BEDSIDE_FLOAT_ABI of softfp or hard (the default is
# soft); a core "+nofp" still has their integer half, and no floating point.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES BEDSIDE_CPU BEDSIDE_CORE BEDSIDE_MACHINE BEDSIDE_MEMORY BEDSIDE_SMALL BEDSIDE_ARM_DSP BEDSIDE_ARM_MVE
  BEDSIDE_FLOAT_ABI)
set(CMAKE_EXECUTABLE_SUFFIX_C .elf)
set(BEDSIDE_BOARD_DIR cortexm)

if(NOT BEDSIDE_FLOAT_ABI)
  set(BEDSIDE_FLOAT_ABI soft)
endif()
# Soft float on every core: a float that slips into the runtime then shows as a call that the symbol check refuses.
set(CMAKE_C_FLAGS_INIT "-mcpu=${BEDSIDE_CPU} -mthumb -mfloat-abi=${BEDSIDE_FLOAT_ABI} -ffunction-sections -fdata-sections")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostartfiles --specs=nano.specs -Wl,--gc-sections")
if(NOT BEDSIDE_MEMORY) # MPS2 with an385, an386 or an500
  set(BEDSIDE_MEMORY "0x00000000 4M 0x20000000 4M")
endif()
set(stack_least 64K)
if(BEDSIDE_SMALL)
  set(stack_least 4K)
endif()
separate_arguments(memory UNIX_COMMAND "${BEDSIDE_MEMORY} ${stack_least}")
foreach(symbol code_origin code_length data_origin data_length stack_least)
  list(POP_FRONT memory value)
  string(APPEND CMAKE_EXE_LINKER_FLAGS_INIT " -Wl,--defsym=board_${symbol}=${value}")
endforeach()

if(BEDSIDE_CORE)
  set(core -cpu ${BEDSIDE_CORE})
endif()
# The text goes to standard output through a character device of its own (QEMU's default is standard error).
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-arm -machine ${BEDSIDE_MACHINE} ${core} -display none -monitor none -serial none
  -chardev stdio,id=text,signal=off -semihosting-config enable=on,target=native,chardev=text -kernel)
