# libsorrel, shared and static, and what is installed: headers, libraries, the server, and how
# find_package(sorrel) and pkg-config find them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The layers' own objects, once for both libraries; they are position independent already.
set(SORREL_OBJECTS $<TARGET_OBJECTS:sorrel_core> $<TARGET_OBJECTS:sorrel_persistence>
  $<TARGET_OBJECTS:sorrel_server>)

add_library(sorrel SHARED ${SORREL_OBJECTS})
set_target_properties(sorrel PROPERTIES
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/libsorrel.map LINKER_LANGUAGE CXX)
target_link_options(sorrel PRIVATE -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/libsorrel.map)
target_link_libraries(sorrel PRIVATE sorrel_flags PkgConfig::LIBUV Threads::Threads)

add_library(sorrel_static STATIC ${SORREL_OBJECTS})
set_target_properties(sorrel_static PROPERTIES OUTPUT_NAME sorrel EXPORT_NAME static LINKER_LANGUAGE CXX)
# The compiler's intermediate code is for this build alone: it ties a user to this very compiler, and costs each of
# their links a minute.
add_custom_command(TARGET sorrel_static POST_BUILD VERBATIM
  COMMAND ${CMAKE_OBJCOPY} --wildcard --remove-section=.gnu.lto_* $<TARGET_FILE:sorrel_static>)

foreach(library sorrel sorrel_static)
  target_include_directories(${library} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
# A static library brings nothing along: its user links what it needs. libuv by name, because an
# imported target of pkg-config isn't there in the user's build.
target_link_libraries(sorrel_static INTERFACE uv Threads::Threads stdc++ m)

install(TARGETS sorrel sorrel_static EXPORT sorrel
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS sorrel-server RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES include/sorrel/sorrel.h include/sorrel/sorrel.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/sorrel)
install(EXPORT sorrel NAMESPACE sorrel:: FILE sorrel-targets.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sorrel)

configure_package_config_file(cmake/sorrel-config.cmake.in sorrel-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sorrel)
write_basic_package_version_file(sorrel-config-version.cmake COMPATIBILITY SameMinorVersion)
# From lib/pkgconfig, or lib/x86_64-linux-gnu/pkgconfig, back to the prefix.
string(REGEX REPLACE "[^/]+" ".." SORREL_PC_PREFIX "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
set(SORREL_PC_PREFIX "\${pcfiledir}/${SORREL_PC_PREFIX}")
configure_file(cmake/sorrel.pc.in sorrel.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/sorrel-config.cmake ${PROJECT_BINARY_DIR}/sorrel-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/sorrel)
install(FILES ${PROJECT_BINARY_DIR}/sorrel.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
