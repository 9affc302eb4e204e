# `cmake --install`: the libraries, their headers, and what find_package(Bedside) finds.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(BEDSIDE_HEADERS ${CMAKE_INSTALL_INCLUDEDIR}/bedside)
set(BEDSIDE_CONFIG ${CMAKE_INSTALL_LIBDIR}/cmake/Bedside)

set(libraries bedside bedside_ecg)
set_target_properties(bedside_ecg PROPERTIES EXPORT_NAME ecg)
if(TARGET bedside_decode)
  list(APPEND libraries bedside_decode)
  set_target_properties(bedside_decode PROPERTIES EXPORT_NAME decode)
endif()
foreach(library ${libraries})
  target_include_directories(${library} PUBLIC "$<INSTALL_INTERFACE:${BEDSIDE_HEADERS}>")
endforeach()
install(TARGETS ${libraries} EXPORT Bedside ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT Bedside NAMESPACE bedside:: FILE BedsideTargets.cmake DESTINATION ${BEDSIDE_CONFIG})

# The interface is bedside.h and ecg/ecg.h; the others are for the sources that `bedside export-c` makes.
install(FILES src/bedside.h src/bedside_network.h src/operators.h src/internal.h src/format.h src/requant.h DESTINATION ${BEDSIDE_HEADERS})
install(DIRECTORY src/ecg DESTINATION ${BEDSIDE_HEADERS} FILES_MATCHING PATTERN "*.h" PATTERN "*_internal.h" EXCLUDE PATTERN "*_math.h" EXCLUDE)
install(DIRECTORY src/kernels/ DESTINATION ${BEDSIDE_HEADERS}/kernels FILES_MATCHING REGEX "/(kernels|ref/ref|mcu/[^/]*)\\.h$" REGEX "/(arm|wasm|x86)$" EXCLUDE)
if(TARGET bedside_cli)
  install(TARGETS bedside_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

configure_package_config_file(cmake/BedsideConfig.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/BedsideConfig.cmake" INSTALL_DESTINATION ${BEDSIDE_CONFIG}
  PATH_VARS CMAKE_INSTALL_BINDIR NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/BedsideConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/BedsideConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/BedsideConfigVersion.cmake" cmake/BedsideNetwork.cmake
        DESTINATION ${BEDSIDE_CONFIG})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/bedside)
