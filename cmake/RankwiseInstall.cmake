# Install and export: library, public headers, programs, CMake package. SPDX-License-Identifier: MIT
option(RANKWISE_INSTALL "Generate the install rules" ${PROJECT_IS_TOP_LEVEL})

if(NOT RANKWISE_INSTALL)
  return()
endif()
set(RANKWISE_INSTALL_CMAKEDIR "${CMAKE_INSTALL_LIBDIR}/cmake/rankwise")

install(TARGETS rankwise EXPORT rankwiseTargets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/rankwise" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.hpp")
install(EXPORT rankwiseTargets NAMESPACE rankwise:: DESTINATION "${RANKWISE_INSTALL_CMAKEDIR}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/RankwiseConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/cmake/rankwiseConfig.cmake"
                              INSTALL_DESTINATION "${RANKWISE_INSTALL_CMAKEDIR}"
                              NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 a new minor version may change what a header promises.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cmake/rankwiseConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/cmake/rankwiseConfig.cmake"
              "${PROJECT_BINARY_DIR}/cmake/rankwiseConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/RankwiseDependencies.cmake" DESTINATION "${RANKWISE_INSTALL_CMAKEDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# Every program of drivers/, whatever it is called.
get_directory_property(rankwise_programs DIRECTORY "${PROJECT_SOURCE_DIR}/drivers" BUILDSYSTEM_TARGETS)
foreach(program IN LISTS rankwise_programs)
  get_target_property(type ${program} TYPE)
  if(type STREQUAL "EXECUTABLE")
    file(RELATIVE_PATH to_libraries "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
    set_target_properties(${program} PROPERTIES INSTALL_RPATH "$ORIGIN/${to_libraries}" INSTALL_RPATH_USE_LINK_PATH ON)
    install(TARGETS ${program} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  endif()
endforeach()

file(GLOB rankwise_scripts CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/analysis/rankwise-*")
install(PROGRAMS ${rankwise_scripts} DESTINATION "${CMAKE_INSTALL_BINDIR}")
# submit.sh finds the programs from here, four folders up.
install(PROGRAMS "${PROJECT_SOURCE_DIR}/jobs/slurm/submit.sh" DESTINATION "${CMAKE_INSTALL_DATADIR}/rankwise/jobs/slurm")
install(FILES "${PROJECT_SOURCE_DIR}/jobs/slurm/run.sbatch" "${PROJECT_SOURCE_DIR}/jobs/slurm/merge.sbatch"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/rankwise/jobs/slurm")
install(FILES "${PROJECT_SOURCE_DIR}/jobs/lib.sh" DESTINATION "${CMAKE_INSTALL_DATADIR}/rankwise/jobs")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/analysis/" DESTINATION "${CMAKE_INSTALL_DATADIR}/rankwise/analysis"
        FILES_MATCHING PATTERN "*.py" PATTERN "__pycache__" EXCLUDE)
