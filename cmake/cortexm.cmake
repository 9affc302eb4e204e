# Arm Cortex-M, bare metal, run under QEMU with semihosting.
# BEDSIDE_CPU: the -mcpu name. BEDSIDE_MACHINE: the QEMU board. BEDSIDE_ARM_DSP: the core has the DSP instructions.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES BEDSIDE_CPU BEDSIDE_MACHINE BEDSIDE_ARM_DSP)
set(CMAKE_EXECUTABLE_SUFFIX_C .elf)
set(BEDSIDE_BOARD_DIR cortexm)

# Soft float on every core: a float that slips into the runtime then shows as a call that the symbol check refuses.
set(CMAKE_C_FLAGS_INIT "-mcpu=${BEDSIDE_CPU} -mthumb -mfloat-abi=soft -ffunction-sections -fdata-sections")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostartfiles --specs=nano.specs -Wl,--gc-sections")

# The text goes to standard output through a character device of its own (QEMU's default is standard error).
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-arm -machine ${BEDSIDE_MACHINE} -display none -monitor none -serial none
  -chardev stdio,id=text,signal=off -semihosting-config enable=on,target=native,chardev=text -kernel)
